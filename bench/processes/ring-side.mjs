// @ts-check
/**
 * One side of a ring: writes by `write`, or reads by `poll`, `batches` or `stream`; verified. `stamp` writes the time at
 * intervals, and `delay` measures how long the stamps took.
 */
import { BusySpinIdle, RingReader, RingWriter, recordBatches, recordReadable } from 'ringwire';
import { stampedRecord, Verifier } from '../record-content.mjs';

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);
const { root, side, length, records, warmup, batch, interval } = JSON.parse(process.argv[2] ?? '{}');
const idle = new BusySpinIdle();

function write() {
  const writer = RingWriter.resume(root, 1);
  while (writer.readers.length === 0) idle.idle(0);
  const own = Array.from({ length: batch }, () => stampedRecord(length));
  const list = own.map(({ record }) => record);
  for (let n = 0; n < records; n += batch) {
    if (batch === 1) {
      own[0]?.stamp(n);
      while (writer.tryWrite(/** @type {Buffer} */ (list[0])) < 0) idle.idle(0);
    } else {
      for (let i = 0; i < batch; i++) own[i]?.stamp(n + i);
      while (writer.tryWriteBatch(list) < 0) idle.idle(0);
    }
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

const sides = { write, stamp, delay };
await (sides[/** @type {keyof typeof sides} */ (side)] ?? read)();
