/** Heap bytes per message of the hot paths, driver on its own thread: DIRECTORY MESSAGES. Prints JSON. */
import { PerformanceObserver } from 'node:perf_hooks';
import { Aeron, BufferClaim, ControlledAction, DriverWorker } from 'ringwire/aeron';

const ROUNDS = 3;
const [directory, messages] = [process.argv[2], Number(process.argv[3])];
const driver = await DriverWorker.start({ directory, deleteDirectoryOnClose: true });
const aeron = await Aeron.connect({ directory, idleSleepMs: 1000, keepaliveIntervalMs: 1000 });
const subscription = await aeron.addSubscription('aeron:ipc', 1);
const publication = await aeron.addExclusivePublication('aeron:ipc', 1);
const shared = await aeron.addPublication('aeron:ipc', 1);
const isReady = () => publication.isConnected && shared.isConnected && subscription.images.length === 2;
while (!isReady()) await new Promise(setImmediate);

const message = Buffer.alloc(32);
const claim = new BufferClaim();
let received = 0;
const count = (_buffer, _offset, length) => {
  if (length === 32) received++;
};
const counted = (buffer, offset, length) => {
  count(buffer, offset, length);
  return ControlledAction.Continue;
};
const offer = () => publication.offer(message);
const claimAndCommit = (to) => {
  const result = to.tryClaim(32, claim);
  if (result > 0) {
    claim.buffer[claim.offset] = 1;
    claim.commit();
  }
  return result;
};
const kept = [];
const ways = {
  offer: () => offer(),
  tryClaim: () => claimAndCommit(publication),
  'offer, controlledPoll': () => offer(),
  'shared offer': () => shared.offer(message),
  'shared tryClaim': () => claimAndCommit(shared),
  'a number kept': () => {
    kept.push({ position: publication.position });
    if (kept.length > 100) kept.length = 0;
    return offer();
  },
};
function run(way, total, controlled) {
  for (let sent = 0; sent < total; ) {
    if (way() > 0) sent++;
    if (controlled) subscription.controlledPoll(counted, 16);
    else subscription.poll(count, 16);
  }
}
let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
observer.observe({ entryTypes: ['gc'] });
const results = {};
for (const [name, way] of Object.entries(ways)) {
  const controlled = name.endsWith('controlledPoll');
  for (let i = 0; i < 8; i++) run(way, messages / 8, controlled);
  // The least of some rounds: what a timer or the compiler allocates in between is not of the path.
  const least = { bytes: Number.POSITIVE_INFINITY, collections: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
    collections = 0;
    const before = process.memoryUsage().heapUsed;
    run(way, messages, controlled);
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
