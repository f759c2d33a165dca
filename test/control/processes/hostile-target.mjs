/**
 * A server under attack that watches itself: it answers `report` with its memory, its longest turn of the event loop
 * since the last report, and the load of the server, and `logged` with what the server logged alone.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ControlServer, QueueWatch } from 'ringwire/control';

const TICK_MILLIS = 2;
/** A collection that frees less than this was the last one: bytes. */
const SMALL = 256 * 1024;
const CHUNK = Buffer.alloc(32 * 1024, 'x');
const SNAPSHOT = Buffer.alloc(8 * 1024 * 1024, 's');
const entries = Array.from({ length: 30 }, (_, i) => {
  return { id: `p${i}`, name: `Process ${i}`, state: 'running', pid: 1000 + i, rss: 1 << 20 };
});
const watches = new Set();
const logged = {};
const server = new ControlServer(
  {
    list: () => entries,
    statusOf: (id) => entries.find((entry) => entry.id === id) ?? entries[0],
    stop: async () => {},
    logsSnapshot: (id) => (id === 'big' ? SNAPSHOT : null),
    watchLogs() {
      const watch = new QueueWatch(
        256 * 1024,
        (item) => item.length,
        () => watches.delete(watch),
      );
      watches.add(watch);
      return watch;
    },
    events: () => new QueueWatch(1024, () => 64),
  },
  {
    frameTimeoutMs: 1_500,
    log: ({ what }) => {
      logged[what] = (logged[what] ?? 0) + 1;
    },
  },
);

let longest = 0;
let before = performance.now();
let cpuBefore = process.cpuUsage();
setInterval(() => {
  const now = performance.now();
  const cpu = process.cpuUsage(cpuBefore);
  // A turn that another process was given by the scheduler is none of ours: no longer than the CPU we used.
  longest = Math.max(longest, Math.min(now - before - TICK_MILLIS, (cpu.user + cpu.system) / 1000));
  before = now;
  cpuBefore = process.cpuUsage();
}, TICK_MILLIS);
setInterval(() => {
  for (const watch of watches) watch.push(CHUNK);
}, 5);

process.on('message', async (what) => {
  if (what === 'logged') {
    process.send({ logged });
    return;
  }
  const turn = longest;
  const used = await usedMemory();
  process.send({ used, rss: process.memoryUsage.rss(), longest: turn, load: server.load, logged });
  longest = 0;
});

/** What is in use when collections find no more: buffers are given back behind them, by a thread of its own. */
async function usedMemory() {
  let least = Number.POSITIVE_INFINITY;
  for (;;) {
    globalThis.gc?.();
    await pause(10);
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external > least - SMALL) return Math.min(least, heapUsed + external);
    least = heapUsed + external;
  }
}

process.on('disconnect', () => process.exit());
await server.listen(process.argv[2]);
// Warm up before the first measurement, so that growth is not the growth of a young process.
process.send('listening');
