// @ts-check
/**
 * The interface of a measured transport. A link carries whole records of {@link RECORD_LENGTH} bytes both ways.
 *
 * @typedef {object} Link
 * @property {(record: Buffer) => void | Promise<void>} send a promise when the transport applies back pressure
 * @property {(handler: (record: Buffer) => void) => void} onRecord
 * @property {() => void | Promise<void>} [flush] sends what was gathered
 * @property {() => void | Promise<void>} close
 */

export const RECORD_LENGTH = 64;

/** Cuts a byte stream into records. @param {(record: Buffer) => void} handler */
export function recordSplitter(handler) {
  let rest = Buffer.alloc(0);
  return (/** @type {Buffer} */ chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (; at + RECORD_LENGTH <= bytes.length; at += RECORD_LENGTH)
      handler(bytes.subarray(at, at + RECORD_LENGTH));
    rest = bytes.subarray(at);
  };
}

/** Sends one record at a time over any stream. @param {import('node:stream').Duplex} stream @param {number} batchBytes 0: a write for every record @returns {Link} */
export function streamLink(stream, batchBytes) {
  /** @type {Buffer[]} */
  let gathered = [];
  const write = (/** @type {Buffer} */ bytes) =>
    stream.write(bytes)
      ? undefined
      : new Promise((/** @type {(value: void) => void} */ resolve) => stream.once('drain', resolve));
  const flush = () => {
    if (gathered.length === 0) return;
    const bytes = Buffer.concat(gathered);
    gathered = [];
    return write(bytes);
  };
  return {
    send(record) {
      if (batchBytes === 0) return write(Buffer.from(record));
      gathered.push(Buffer.from(record));
      if (gathered.length * RECORD_LENGTH >= batchBytes) return flush();
    },
    flush,
    onRecord: (handler) => void stream.on('data', recordSplitter(handler)),
    close: () => void stream.end(),
  };
}
