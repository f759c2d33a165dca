// @ts-check
/** Many rings between two processes: one writes them in turn, one polls all of them and verifies each record. */
import { BusySpinIdle, RingReader, RingWriter, TickUnit } from 'ringwire';
import { stampedRecord, Verifier } from '../record-content.mjs';
import { parameters, report } from './channel-options.mjs';

const CAPACITY = 1 << 16;
const WAIT_MILLIS = 60_000;
const { root, role, channels, each, length } = parameters();
const idle = new BusySpinIdle();
const ids = Array.from({ length: channels }, (_, i) => i + 1);

function write() {
  const writers = ids.map((channelId) =>
    RingWriter.create(root, {
      ...{ writerId: 1, channelId, capacity: CAPACITY, maxMessageLength: length, prefault: true },
      ...{ timeout: 60, tickUnit: TickUnit.Secs, policy: /** @type {const} */ ('back-pressure') },
    }),
  );
  for (const writer of writers) while (writer.readers.length === 0) idle.idle(0);
  const { record, stamp } = stampedRecord(length);
  for (let n = 0; n < each; n++) {
    stamp(n);
    for (const writer of writers) while (writer.tryWrite(record) < 0) idle.idle(0);
  }
  for (const writer of writers) writer.close();
  report({});
}

async function read() {
  const readers = [];
  for (const id of ids) {
    readers.push(await RingReader.waitFor(root, id, { timeoutMs: WAIT_MILLIS }));
  }
  const verifiers = readers.map(() => new Verifier(length));
  const total = each * channels;
  const warmup = Math.floor(total / 8);
  let verified = 0;
  let before = 0;
  let started = 0;
  while (verified < total) {
    if (started === 0 && verified >= warmup) {
      started = performance.now();
      before = verified;
    }
    let polled = 0;
    for (let i = 0; i < channels; i++)
      polled += /** @type {RingReader} */ (readers[i]).poll(/** @type {Verifier} */ (verifiers[i]).onRecord);
    verified += polled;
    idle.idle(polled);
  }
  report({ nanos: (performance.now() - started) * 1e6, timed: total - before, verified });
  for (const reader of readers) reader.close();
}

await (role === 'write' ? write() : read());
