// @ts-check
/** One end of a round trip over two channels; `pings` says whether it begins. Verifies every record. */
import { BusySpinIdle, ShmReader, ShmWriter } from 'ringwire';
import { stampedRecord, Verifier } from '../record-content.mjs';
import { percentile } from '../statistics.mjs';
import { BACK, benchChannel, DATA, parameters, report } from './channel-options.mjs';

const { root, pings, length, warmup, exchanges, backend, pause } = parameters();
const total = warmup + exchanges;
const out = ShmWriter.create(root, benchChannel(pings ? DATA : BACK, total, length, { backend }));
const incoming = await ShmReader.waitFor(root, pings ? BACK : DATA, { backend, timeoutMs: 30_000 });
const verifier = new Verifier(length);
const idle = new BusySpinIdle(pause);
const { record, stamp } = stampedRecord(length);
const micros = new Float64Array(total);

function receive() {
  let polled = 0;
  while (polled === 0) {
    polled = incoming.poll(verifier.onRecord, 1);
    if (polled === 0 && incoming.endReason !== null) throw incoming.endReason;
    idle.idle(polled);
  }
}

/** @param {number} from @param {number} to */
function exchange(from, to) {
  for (let n = from; n < to; n++) {
    if (!pings) receive();
    const start = pings ? performance.now() : 0;
    stamp(n);
    out.write(record);
    if (!pings) continue;
    receive();
    micros[n] = (performance.now() - start) * 1000;
  }
}

const step = warmup / 4;
for (let n = 0; n < warmup; n += step) exchange(n, n + step);
exchange(warmup, total);
const kept = micros.subarray(warmup);
const nanos = (/** @type {number} */ share) => Math.round(percentile(kept, share) * 1000);
report({ p50: nanos(0.5), p99: nanos(0.99), p999: nanos(0.999), verified: verifier.count });
incoming.close();
out.close();
