// @ts-check
/**
 * Writes numbered records to a channel at full speed: by `write`, by `claim`, or `batch` of them with one publication,
 * `staged` in place or copied.
 */
import { BusySpinIdle, ShmReader, ShmWriter } from 'ringwire';
import { inPlace, stampedBatch, stampedRecord } from '../record-content.mjs';
import { BACK, benchChannel, DATA, parameters, report } from './channel-options.mjs';

const { root, mode, batch, length, warmup, records, backend } = parameters();
const writer = ShmWriter.create(root, benchChannel(DATA, warmup + records, length, { backend }));

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
    const fill = inPlace(writer.buffer, length);
    return (from, to) => {
      for (let n = from; n < to; n++) {
        const offset = writer.tryClaim(length);
        if (offset < 0) throw new Error(`claim: ${offset}`);
        fill(offset, n);
        writer.commit();
      }
    };
  },
  staged() {
    const fill = inPlace(writer.buffer, length);
    return (from, to) => {
      for (let n = from; n < to; ) {
        for (let i = 0; i < batch; i++, n++) {
          const offset = writer.stage(length);
          if (offset < 0) throw new Error(`stage: ${offset}`);
          fill(offset, n);
        }
        writer.publish();
      }
    };
  },
  batch() {
    const { list, stamp } = stampedBatch(batch, length);
    return (from, to) => {
      for (let n = from; n < to; n += batch) {
        stamp(n);
        writer.writeBatch(list);
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
