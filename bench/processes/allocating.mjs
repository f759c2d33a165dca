// @ts-check
/**
 * Bytes of heap per record in steady state. No garbage collection runs between the two measurements of the heap, which
 * is verified, so all allocations are counted.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { ShmReader, ShmWriter } from 'ringwire';
import { stampedRecord } from '../record-content.mjs';
import { benchChannel, DATA, parameters, report } from './channel-options.mjs';

const LENGTH = 64;
/** Milliseconds until the runtime reports a collection to its observers. */
const REPORTED_WITHIN_MILLIS = 20;
const { root, records } = parameters();
const { gc } = globalThis;
if (gc === undefined) throw new Error('needs --expose-gc');
const WARM_UPS = 8;
const LOOKS = 3;
const perMeasure = records * (WARM_UPS + LOOKS);
const writer = ShmWriter.create(root, benchChannel(DATA, perMeasure * 3, LENGTH));
const reader = ShmReader.open(root, DATA);
const { record, stamp } = stampedRecord(LENGTH);
let sum = 0;
/** @type {import('ringwire').RecordHandler} */
const onRecord = (_buffer, offset, length) => {
  sum = (sum + offset + length) | 0;
};

let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
observer.observe({ entryTypes: ['gc'] });

const actions = {
  /** @param {number} count */
  write(count) {
    for (let n = 0; n < count; n++) {
      stamp(n);
      writer.write(record);
    }
  },
  /** @param {number} count */
  tryClaim(count) {
    for (let n = 0; n < count; n++) {
      if (writer.tryClaim(LENGTH) < 0) throw new Error('full');
      writer.commit();
    }
  },
  /** @param {number} count */
  poll(count) {
    for (let n = 0; n < count; ) n += reader.poll(onRecord, Math.min(16, count - n));
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
  results.push({ name, records, ...measured, bytesPerRecord: measured.bytesPerRecord - looking });
}
observer.disconnect();
report({ results, sum });
reader.close();
writer.close();
