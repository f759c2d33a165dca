// @ts-check
/** Polls a channel, verifies every record, and reports on a second channel when the warm-up is complete. */
import { BusySpinIdle, ShmReader, ShmWriter } from 'ringwire';
import { Verifier } from '../record-content.mjs';
import { BACK, benchChannel, DATA, parameters, report } from './channel-options.mjs';

const { root, length, warmup, records, backend, pause } = parameters();
const reader = await ShmReader.waitFor(root, DATA, { backend, timeoutMs: 30_000 });
const back = ShmWriter.create(root, benchChannel(BACK, 1, 8, { backend }));
const verifier = new Verifier(length);
const idle = new BusySpinIdle(pause);

/** @param {number} count */
function readUpTo(count) {
  while (verifier.count < count) {
    const polled = reader.poll(verifier.onRecord);
    if (polled === 0 && reader.endReason !== null) throw reader.endReason;
    idle.idle(polled);
  }
}

const step = warmup / 4;
for (let count = step; count <= warmup; count += step) readUpTo(count);
back.write(Buffer.alloc(8));
readUpTo(warmup + records);
report({ ended: Number(process.hrtime.bigint()), verified: verifier.count });
reader.close();
back.close();
