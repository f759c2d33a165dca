// @ts-check
/**
 * Contents of benchmark records: the record number in the first 32-bit word and its complement in the last. Lost,
 * duplicated, torn and shortened records are detected.
 */

export class Verifier {
  /** @param {number} length bytes of every record */
  constructor(length) {
    this.length = length;
    /** Records verified so far; the number of the next. */
    this.count = 0;
    /** @type {Buffer | null} */
    this.buffer = null;
    this.words = new Int32Array(0);
    /** @type {import('ringwire').RecordHandler} */
    this.onRecord = (buffer, offset, bytes) => {
      if (buffer !== this.buffer) this.attach(buffer);
      const n = this.count;
      const first = offset >> 2;
      if (bytes !== this.length || this.words[first] !== n || this.words[first + (bytes >> 2) - 1] !== ~n)
        this.fail(offset, bytes);
      this.count = n + 1;
    };
  }

  /** @param {Buffer} buffer a channel's data area, a multiple of 4 bytes into its memory */
  attach(buffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
  }

  /** @param {Buffer} record */
  check(record) {
    const n = this.count;
    if (
      record.length !== this.length ||
      record.readInt32LE(0) !== n ||
      record.readInt32LE(record.length - 4) !== ~n
    )
      this.fail(0, record.length);
    this.count = n + 1;
  }

  /** @param {number} offset @param {number} bytes @returns {never} */
  fail(offset, bytes) {
    throw new Error(`record ${this.count} at ${offset} is damaged (${bytes} bytes)`);
  }
}

/** A buffer for records and the function that numbers it. @param {number} length a multiple of 4 */
export function stampedRecord(length) {
  const record = Buffer.from(new ArrayBuffer(length));
  const words = new Int32Array(record.buffer);
  const last = (length >> 2) - 1;
  return {
    record,
    /** @param {number} n */
    stamp(n) {
      words[0] = n;
      words[last] = ~n;
    },
  };
}

/**
 * Buffers for a batch of records, in one piece of memory, and the function that numbers them from `n` on.
 * @param {number} count @param {number} length a multiple of 8
 */
export function stampedBatch(count, length) {
  const memory = new ArrayBuffer(count * length);
  const words = new Int32Array(memory);
  const stride = length >> 2;
  const list = Array.from({ length: count }, (_, k) => Buffer.from(memory, k * length, length));
  return {
    list,
    /** @param {number} n */
    stamp(n) {
      for (let k = 0; k < count; k++) {
        const first = k * stride;
        words[first] = n + k;
        words[first + stride - 1] = ~(n + k);
      }
    },
  };
}

/**
 * Fills records of one length in a channel: numbers in the first and last word, doubles between them.
 * @param {Buffer} buffer the data area, a multiple of 8 bytes into its memory
 * @param {number} length 16 or more, a multiple of 8
 */
export function inPlace(buffer, length) {
  const ints = new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
  const doubles = new Float64Array(buffer.buffer, buffer.byteOffset, buffer.length >> 3);
  const inner = (length >> 3) - 2;
  return (/** @type {number} */ offset, /** @type {number} */ n) => {
    const first = offset >> 2;
    const last = first + (length >> 2) - 1;
    ints[first] = n;
    ints[first + 1] = 0;
    for (let i = 1; i <= inner; i++) doubles[(offset >> 3) + i] = n;
    ints[last - 1] = 0;
    ints[last] = ~n;
  };
}
