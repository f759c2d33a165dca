// @ts-check
/**
 * What one way of writing or reading costs alone, in one process, on a channel of 1 MiB that stays in the caches: the
 * smallest of many short rounds, in nanoseconds per record of 64 bytes. Every record that is read is verified.
 */
import { rmSync } from 'node:fs';
import {
  RingReader,
  RingWriter,
  recordBatches,
  recordReadable,
  recordWritable,
  ShmReader,
  ShmWriter,
  TickUnit,
} from 'ringwire';
import { stampedBatch, stampedRecord, Verifier } from '../record-content.mjs';
import { parameters, report } from './channel-options.mjs';

const LENGTH = 64;
const BATCH = 16;
const CAPACITY = 1 << 20;
const TEXT = 'the quick brown fox jumps over the lazy.';
/** Records in an array that is written to an object stream. */
const CHUNK = 256;

const { root, kind, name, rounds, count } = parameters();
const isLog = kind === 'log';
const options = {
  writerId: 1,
  capacity: CAPACITY,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
  prefault: true,
};

/** @typedef {import('ringwire').ShmWriter | import('ringwire').RingWriter} Writer */
/** @typedef {import('ringwire').ShmReader | import('ringwire').RingReader} Reader */
/** @typedef {(count: number) => void | Promise<void>} Action */

/** Keeps results alive. */
let sink = 0;

/** @type {Record<string, (writer: Writer) => Action>} */
const WRITES = {
  tryWrite(writer) {
    const { record, stamp } = stampedRecord(LENGTH);
    return (n) => {
      for (let i = 0; i < n; i++) {
        stamp(i);
        writer.tryWrite(record);
      }
    };
  },
  claim(writer) {
    const { buffer } = writer;
    const words = new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
    return (n) => {
      for (let i = 0; i < n; i++) {
        const first = writer.tryClaim(LENGTH) >> 2;
        words[first] = i;
        words[first + LENGTH / 4 - 1] = ~i;
        writer.commit();
      }
    };
  },
  staged(writer) {
    const { buffer } = writer;
    const ints = new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
    const doubles = new Float64Array(buffer.buffer, buffer.byteOffset, buffer.length >> 3);
    return (n) => {
      for (let i = 0; i < n; ) {
        for (let k = 0; k < BATCH; k++, i++) {
          let offset = writer.stage(LENGTH);
          if (offset < 0) {
            writer.publish();
            offset = writer.stage(LENGTH);
          }
          const int = offset >> 2;
          const double = offset >> 3;
          ints[int] = i;
          ints[int + 1] = 0;
          doubles[double + 1] = i;
          doubles[double + 2] = i;
          doubles[double + 3] = i;
          doubles[double + 4] = i;
          doubles[double + 5] = i;
          doubles[double + 6] = i;
          ints[int + 14] = 0;
          ints[int + 15] = ~i;
        }
        writer.publish();
      }
    };
  },
  writeBatch(writer) {
    const { list, stamp } = stampedBatch(BATCH, LENGTH);
    return (n) => {
      for (let i = 0; i < n; i += BATCH) {
        stamp(i);
        writer.writeBatch(list);
      }
    };
  },
  fresh(writer) {
    const { record } = stampedRecord(LENGTH);
    return (n) => {
      for (let i = 0; i < n; i++) writer.tryWrite(Buffer.from(record));
    };
  },
  allocation() {
    const { record } = stampedRecord(LENGTH);
    return (n) => {
      for (let i = 0; i < n; i++) sink += Buffer.from(record).length;
    };
  },
  writeUtf8(writer) {
    return (n) => {
      for (let i = 0; i < n; i++) writer.writeUtf8(TEXT);
    };
  },
  writable(writer) {
    const chunk = Array.from({ length: CHUNK }, () => stampedRecord(LENGTH).record);
    const stream = recordWritable(writer, { mode: 'batches', closeWriter: false });
    return async (n) => {
      for (let i = 0; i < n; i += CHUNK)
        await new Promise((/** @type {(value: void) => void} */ done) => stream.write(chunk, () => done()));
    };
  },
};

/** @type {Record<string, (reader: Reader, verifier: Verifier, count: number) => void | Promise<void>>} */
const READS = {
  poll(reader, verifier, n) {
    while (verifier.count < n) reader.poll(verifier.onRecord);
  },
  async records(reader, verifier, n) {
    for await (const record of reader.records()) {
      verifier.check(record);
      if (verifier.count === n) return;
    }
  },
  batches: (reader, verifier, n) => checkBatches(recordBatches(reader), verifier, n),
  readable: (reader, verifier, n) =>
    checkBatches(recordReadable(reader, { mode: 'batches', closeReader: false }), verifier, n),
};

/** @param {AsyncIterable<Buffer[]>} batches @param {Verifier} verifier @param {number} n */
async function checkBatches(batches, verifier, n) {
  for await (const records of batches) {
    for (const record of records) verifier.check(record);
    if (verifier.count === n) return;
  }
}

let nextId = 1;
/** A log is written once: each round of writing has a new one. The ring is the same in all rounds. @type {RingWriter | null} */
let ring = null;

/** @returns {Writer} */
function openWriter() {
  if (isLog) return ShmWriter.create(root, { ...options, channelId: nextId++ });
  ring ??= RingWriter.create(root, { ...options, channelId: nextId++ });
  return ring;
}

const now = () => Number(process.hrtime.bigint());

/** @param {(writer: Writer) => Action} prepare @returns {Promise<number>} nanoseconds of the fastest round */
async function fastestWriting(prepare) {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const writer = openWriter();
    const action = prepare(writer);
    const start = now();
    const done = action(count);
    if (done !== undefined) await done;
    least = Math.min(least, now() - start);
    if (!isLog) continue;
    writer.close();
    rmSync(writer.path);
  }
  return least;
}

/** @param {(reader: Reader, verifier: Verifier, count: number) => void | Promise<void>} read @returns {Promise<number>} nanoseconds of the fastest round */
async function fastestReading(read) {
  const writer = openWriter();
  const reader = isLog ? ShmReader.open(root, 1) : RingReader.open(root, 1);
  const { record, stamp } = stampedRecord(LENGTH);
  const verifier = new Verifier(LENGTH);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    // A log keeps its records, so that they are read again.
    if (isLog && round > 0) reader.moveTo(0);
    else
      for (let i = 0; i < count; i++) {
        stamp(i);
        writer.write(record);
      }
    verifier.count = 0;
    const start = now();
    const done = read(reader, verifier, count);
    if (done !== undefined) await done;
    least = Math.min(least, now() - start);
    if (verifier.count !== count) throw new Error(`${verifier.count} of ${count} records verified`);
  }
  reader.close();
  writer.close();
  return least;
}

const [write, read] = [WRITES[name], READS[name]];
const least = write === undefined ? await fastestReading(read ?? (() => {})) : await fastestWriting(write);
ring?.close();
report({ nanos: least / count, sink });
