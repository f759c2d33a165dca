/** Heap bytes per message of the exclusive hot path, driver on its own thread: DIRECTORY MESSAGES. Prints JSON. */
import { PerformanceObserver } from 'node:perf_hooks';
import { Aeron, BufferClaim, DriverWorker } from 'ringwire/aeron';

const ROUNDS = 3;
const [directory, messages] = [process.argv[2], Number(process.argv[3])];
const driver = await DriverWorker.start({ directory, deleteDirectoryOnClose: true });
const aeron = await Aeron.connect({ directory, idleSleepMs: 1000, keepaliveIntervalMs: 1000 });
const subscription = await aeron.addSubscription('aeron:ipc', 1);
const publication = await aeron.addExclusivePublication('aeron:ipc', 1);
while (!publication.isConnected || !subscription.isConnected) await new Promise(setImmediate);

const message = Buffer.alloc(32);
const claim = new BufferClaim();
let received = 0;
const count = (_buffer, _offset, length) => {
  if (length === 32) received++;
};
const offer = () => publication.offer(message);
const claimAndCommit = () => {
  const result = publication.tryClaim(32, claim);
  if (result > 0) {
    claim.buffer[claim.offset] = 1;
    claim.commit();
  }
  return result;
};
const kept = [];
const ways = {
  offer: () => offer(),
  tryClaim: () => claimAndCommit(),
  'a number kept': () => {
    kept.push({ position: publication.position });
    if (kept.length > 100) kept.length = 0;
    return offer();
  },
};
function run(way, total) {
  for (let sent = 0; sent < total; ) {
    if (way() > 0) sent++;
    subscription.poll(count, 16);
  }
}
let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
observer.observe({ entryTypes: ['gc'] });
const results = {};
for (const [name, way] of Object.entries(ways)) {
  for (let i = 0; i < 8; i++) run(way, messages / 8);
  // The least of some rounds: what a timer or the compiler allocates in between is not of the path.
  const least = { bytes: Number.POSITIVE_INFINITY, collections: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
    collections = 0;
    const before = process.memoryUsage().heapUsed;
    run(way, messages);
    const bytes = (process.memoryUsage().heapUsed - before) / messages;
    await new Promise((resolve) => setTimeout(resolve, 50));
    least.bytes = Math.min(least.bytes, bytes);
    least.collections = Math.max(least.collections, collections);
  }
  results[name] = least;
}
observer.disconnect();
while (subscription.poll(count, 100) > 0);
results.received = received;
aeron.close();
await driver.close();
process.stdout.write(`${JSON.stringify(results)}\n`);
