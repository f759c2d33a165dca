// Bytes of heap that reading the fields of one record costs. Started with a young generation so large that nothing is
// collected meanwhile: what was allocated is what the heap has grown by.
import fs from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import v8 from 'node:v8';
import { array, bool, chars, enumOf, f64, i16, struct, u8, u32 } from 'ringwire/structs';

const COUNT = Number(process.argv[2]);
let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

const quote = struct({
  symbol: chars(8),
  price: f64,
  quantity: u32,
  flags: u8,
  shift: i16,
  live: bool,
  side: enumOf({ none: 0, buy: 1, sell: 2 }),
  levels: array(f64, 2),
});
const later = quote.extend({ level: u32 });
const value = {
  symbol: 'RW',
  price: 1.5,
  quantity: 7,
  flags: 1,
  shift: -2,
  live: true,
  side: 'buy',
  levels: [1, 2],
};
const buffer = Buffer.alloc(4096);
const STRIDE = 64;
for (let i = 0; i < 16; i++) quote.encode({ ...value, quantity: i }, buffer, i * STRIDE, STRIDE);

const view = quote.view();
const laterView = later.view();
let sum = 0;
let kept;
const ways = {
  'numbers in place': (i) => {
    view.at(buffer, (i & 15) * STRIDE, quote.recordLength);
    sum += view.quantity + view.flags + view.shift + (view.price > 1 ? 1 : 0);
  },
  'flags and names in place': (i) => {
    view.at(buffer, (i & 15) * STRIDE, quote.recordLength);
    if (view.live && view.side === 'buy') sum++;
  },
  'a field that the record is too old for': (i) => {
    laterView.at(buffer, (i & 15) * STRIDE, quote.recordLength);
    sum += laterView.level + laterView.quantity;
  },
  encoding: (i) => {
    value.quantity = i & 0xff;
    sum += quote.encode(value, buffer, 0, STRIDE);
  },
  // What the others must not do, to show that it would be seen.
  'an object per record': (i) => {
    kept = quote.decode(buffer, (i & 15) * STRIDE, quote.recordLength);
  },
};

const perRecord = {};
for (const [name, way] of Object.entries(ways)) {
  const run = () => {
    for (let i = 0; i < COUNT; i++) way(i);
  };
  for (let round = 0; round < 3; round++) run();
  // The least of three: what a record costs is in each of them, what the engine's own work costs is not.
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
    collections = 0;
    const before = v8.getHeapStatistics().used_heap_size;
    run();
    const grown = v8.getHeapStatistics().used_heap_size - before;
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (collections === 0) perRecord[name] = Math.min(perRecord[name] ?? Infinity, grown / COUNT);
  }
}
if (sum === 0 || kept === undefined) throw new Error('nothing was read');
fs.writeSync(1, JSON.stringify(perRecord));
