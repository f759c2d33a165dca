// @ts-check
/**
 * Bytes of heap per record in steady state. No garbage collection runs between the two measurements of the heap, which
 * is verified, so all allocations are counted.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { RingReader, RingWriter, ShmReader, ShmWriter, TickUnit } from 'ringwire';
import { stampedRecord } from '../record-content.mjs';
import { benchChannel, DATA, parameters, report } from './channel-options.mjs';

const LENGTH = 64;
const BATCH = 16;
const TEXT = 'the quick brown fox jumps over the lazy.';
/** Milliseconds until the runtime reports a collection to its observers. */
const REPORTED_WITHIN_MILLIS = 20;
const { root, kind, records } = parameters();
const { gc } = globalThis;
if (gc === undefined) throw new Error('needs --expose-gc');
const WARM_UPS = 8;
const LOOKS = 6;
const WAYS = 6;
const [writer, reader] = kind === 'ring' ? ring() : log();
const { record, stamp } = stampedRecord(LENGTH);
let sum = 0;
/** @type {import('ringwire').RecordHandler} */
const onRecord = (_buffer, offset, length) => {
  sum = (sum + offset + length) | 0;
};

/** @returns {[import('ringwire').Writer, import('ringwire').Reader]} */
function log() {
  const all = records * (WARM_UPS + LOOKS) * WAYS;
  return [ShmWriter.create(root, benchChannel(DATA, all, LENGTH)), ShmReader.open(root, DATA)];
}

/** A ring that holds what one way writes at once. @returns {[import('ringwire').Writer, import('ringwire').Reader]} */
function ring() {
  const own = RingWriter.create(root, {
    ...{ writerId: 1, channelId: DATA, capacity: 2 * records * (LENGTH + 8), maxMessageLength: 1024 },
    ...{ timeout: 60, tickUnit: TickUnit.Secs, prefault: true },
  });
  return [own, RingReader.open(root, DATA)];
}

let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
observer.observe({ entryTypes: ['gc'] });

const batch = Array.from({ length: BATCH }, () => stampedRecord(LENGTH).record);

/** @type {Record<string, (count: number) => void>} */
const actions = {
  write(count) {
    for (let n = 0; n < count; n++) {
      stamp(n);
      writer.write(record);
    }
  },
  tryClaim(count) {
    for (let n = 0; n < count; n++) {
      if (writer.tryClaim(LENGTH) < 0) throw new Error('full');
      writer.commit();
    }
  },
  staged(count) {
    for (let n = 0; n < count; ) {
      for (let i = 0; i < BATCH; i++, n++)
        if (writer.stage(LENGTH) < 0) {
          writer.publish();
          if (writer.stage(LENGTH) < 0) throw new Error('full');
        }
      writer.publish();
    }
  },
  writeBatch(count) {
    for (let n = 0; n < count; n += BATCH) writer.writeBatch(batch);
  },
  writeUtf8(count) {
    for (let n = 0; n < count; n++) writer.writeUtf8(TEXT);
  },
  poll(count) {
    // Writing allocates nothing, as the ways above show.
    for (let n = 0; n < count; n++) writer.write(record);
    while (reader.poll(onRecord, BATCH) > 0);
  },
};
/** @param {(count: number) => void} action */
async function bytesPerRecord(action) {
  for (let i = 0; i < WARM_UPS; i++) action(records);
  const looks = [];
  for (let i = 0; i < LOOKS; i++) looks.push(await look(action));
  // The compiler may install code during one of them; allocations per record occur in all of them.
  return looks.reduce((least, next) => (next.bytesPerRecord < least.bytesPerRecord ? next : least));
}

/** @param {(count: number) => void} action */
async function look(action) {
  gc?.();
  await delay(REPORTED_WITHIN_MILLIS);
  collections = 0;
  const before = process.memoryUsage().heapUsed;
  action(records);
  const bytes = process.memoryUsage().heapUsed - before;
  await delay(REPORTED_WITHIN_MILLIS);
  return { bytesPerRecord: bytes / records, collections };
}

/** Bytes that the measurement itself allocates. */
const looking = (await bytesPerRecord(() => {})).bytesPerRecord;
const results = [];
for (const [name, action] of Object.entries(actions)) {
  const measured = await bytesPerRecord(action);
  results.push({ kind, name, records, ...measured, bytesPerRecord: measured.bytesPerRecord - looking });
}
observer.disconnect();
report({ results, sum });
reader.close();
writer.close();
