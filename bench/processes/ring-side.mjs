// @ts-check
/**
 * One side of a ring: writes by `write`, `claim`, `staged` or `batch`, or reads by `poll`, `batches` or `stream`; verified.
 * `stamp` writes the time at intervals, and `delay` measures how long the stamps took. The writer waits for `readers`.
 */
import { BusySpinIdle, RingReader, RingWriter, recordBatches, recordReadable, YieldIdle } from 'ringwire';
import { inPlace, stampedBatch, stampedRecord, Verifier } from '../record-content.mjs';

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);
const parameters = JSON.parse(process.argv[2] ?? '{}');
const { root, side, length, records, warmup, batch, interval, pause, yields, readers = 1 } = parameters;
const idle = yields ? new YieldIdle() : new BusySpinIdle(pause);

/** @typedef {(writer: RingWriter) => (n: number) => number} Write writes the record `n`, or `batch` from `n`; negative: refused */

/** @type {Record<string, Write>} */
const ways = {
  write(writer) {
    const { record, stamp } = stampedRecord(length);
    return (n) => {
      stamp(n);
      return writer.tryWrite(record);
    };
  },
  claim(writer) {
    const fill = inPlace(writer.buffer, length);
    return (n) => {
      const offset = writer.tryClaim(length);
      if (offset < 0) return offset;
      fill(offset, n);
      return writer.commit();
    };
  },
  batch(writer) {
    const { list, stamp } = stampedBatch(batch, length);
    return (n) => {
      stamp(n);
      return writer.tryWriteBatch(list);
    };
  },
};

/** Stages `batch` records before each publication; space that ends before publishes what is staged. @param {RingWriter} writer */
function writeStaged(writer) {
  const fill = inPlace(writer.buffer, length);
  for (let n = 0; n < records; ) {
    for (let staged = 0; staged < batch && n < records; ) {
      const offset = writer.stage(length);
      if (offset >= 0) {
        fill(offset, n++);
        staged++;
      } else if (staged > 0) break;
      else idle.idle(0);
    }
    writer.publish();
  }
}

function write() {
  const writer = RingWriter.resume(root, 1);
  while (writer.readers.length < readers) idle.idle(0);
  if (side === 'staged') writeStaged(writer);
  else {
    const step = side === 'batch' ? batch : 1;
    const once = ways[side]?.(writer) ?? (() => 0);
    for (let n = 0; n < records; n += step) while (once(n) < 0) idle.idle(0);
  }
  writer.close();
  say('{}');
}

async function read() {
  const reader = RingReader.open(root, 1);
  const verifier = new Verifier(length);
  let started = performance.now();
  if (side === 'poll') {
    while (verifier.count < records) {
      if (verifier.count === warmup) started = performance.now();
      const limit = verifier.count < warmup ? Math.min(4096, warmup - verifier.count) : 4096;
      idle.idle(reader.poll(verifier.onRecord, limit));
    }
  } else {
    const source = side === 'batches' ? recordBatches(reader) : recordReadable(reader, { mode: 'batches' });
    for await (const records of source) {
      for (const record of records) {
        if (verifier.count === warmup) started = performance.now();
        verifier.check(record);
      }
    }
  }
  say(JSON.stringify({ nanos: (performance.now() - started) * 1e6 }));
  reader.close();
}

/** Nanoseconds of the monotonic clock, which all processes share. */
const now = () => Number(process.hrtime.bigint());

function stamp() {
  const writer = RingWriter.resume(root, 1);
  while (writer.readers.length === 0) idle.idle(0);
  const record = Buffer.alloc(8);
  for (let n = 0, due = now(); n < records; n++, due += interval) {
    while (now() < due) idle.idle(0);
    record.writeDoubleLE(now());
    while (writer.tryWrite(record) < 0) idle.idle(0);
  }
  writer.close();
  say('{}');
}

function delay() {
  const reader = RingReader.open(root, 1);
  const delays = new Float64Array(records);
  let count = 0;
  const onStamp = (/** @type {Buffer} */ buffer, /** @type {number} */ offset) => {
    delays[count++] = now() - buffer.readDoubleLE(offset);
  };
  while (count < records) idle.idle(reader.poll(onStamp, 64));
  const sorted = delays.subarray(warmup).sort();
  say(JSON.stringify({ p50: sorted[sorted.length >> 1], p99: sorted[Math.floor(sorted.length * 0.99)] }));
  reader.close();
}

const sides = { write, claim: write, staged: write, batch: write, stamp, delay };
await (sides[/** @type {keyof typeof sides} */ (side)] ?? read)();
