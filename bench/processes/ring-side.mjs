// @ts-check
/** One side of a ring: writes by `write` or `batch`, or reads by `poll`, `batches` or `stream`; verified. */
import { BusySpinIdle, RingReader, RingWriter, recordBatches, recordReadable } from 'ringwire';
import { stampedRecord, Verifier } from '../record-content.mjs';

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);
const { root, side, length, records, warmup, batch } = JSON.parse(process.argv[2] ?? '{}');
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
  let started = 0;
  const mark = () => {
    if (started === 0 && verifier.count >= warmup) started = performance.now() - 1e-9;
  };
  let first = 0;
  if (side === 'poll') {
    while (verifier.count < records) {
      idle.idle(reader.poll(verifier.onRecord, 4096));
      if (started === 0) {
        mark();
        first = verifier.count;
      }
    }
  } else {
    const source = side === 'batches' ? recordBatches(reader) : recordReadable(reader, { mode: 'batches' });
    for await (const records of source) {
      for (const record of records) verifier.check(record);
      if (started === 0) {
        mark();
        first = verifier.count;
      }
    }
  }
  const seconds = (performance.now() - started) / 1000;
  say(JSON.stringify({ nanos: (seconds * 1e9 * (records - warmup)) / (verifier.count - first) }));
  reader.close();
}

if (side === 'write') write();
else await read();
