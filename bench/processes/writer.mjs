// @ts-check
/** Writes numbered records to a channel at full speed: by `write`, by `claim`, or in a `batch` of 16. */
import { BusySpinIdle, ShmReader, ShmWriter } from 'ringwire';
import { stampedRecord } from '../record-content.mjs';
import { BACK, benchChannel, DATA, parameters, report } from './channel-options.mjs';

const { root, mode, length, warmup, records, backend } = parameters();
const writer = ShmWriter.create(root, benchChannel(DATA, warmup + records, length, { backend }));
const BATCH = 16;

/** @type {Record<string, () => (from: number, to: number) => void>} */
const modes = {
  write() {
    const { record, stamp } = stampedRecord(length);
    return (from, to) => {
      for (let n = from; n < to; n++) {
        stamp(n);
        writer.write(record);
      }
    };
  },
  claim() {
    const { buffer } = writer;
    const ints = new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
    const doubles = new Float64Array(buffer.buffer, buffer.byteOffset, buffer.length >> 3);
    const inner = (length >> 3) - 2;
    return (from, to) => {
      for (let n = from; n < to; n++) {
        const offset = writer.tryClaim(length);
        if (offset < 0) throw new Error(`claim: ${offset}`);
        // The record is filled in place: numbers in the first and last word, doubles between them.
        const first = offset >> 2;
        const last = first + (length >> 2) - 1;
        ints[first] = n;
        ints[first + 1] = 0;
        for (let i = 1; i <= inner; i++) doubles[(offset >> 3) + i] = n;
        ints[last - 1] = 0;
        ints[last] = ~n;
        writer.commit();
      }
    };
  },
  batch() {
    const stamped = Array.from({ length: BATCH }, () => stampedRecord(length));
    const batch = stamped.map(({ record }) => record);
    return (from, to) => {
      for (let n = from; n < to; n += BATCH) {
        for (let i = 0; i < BATCH; i++) /** @type {typeof stamped[0]} */ (stamped[i]).stamp(n + i);
        writer.writeBatch(batch);
      }
    };
  },
};

const make = modes[mode];
if (make === undefined) throw new Error(`no mode ${mode}`);
const write = make();
const back = await ShmReader.waitFor(root, BACK, { backend, timeoutMs: 30_000 });
// Several calls, so that the timed call runs compiled code.
const step = warmup / 4;
for (let from = 0; from < warmup; from += step) write(from, from + step);
const idle = new BusySpinIdle();
for (let polled = 0; polled === 0; ) {
  polled = back.poll(() => {});
  if (polled === 0 && back.endReason !== null) throw back.endReason;
  idle.idle(polled);
}
const started = Number(process.hrtime.bigint());
write(warmup, warmup + records);
report({ started });
back.close();
writer.close();
