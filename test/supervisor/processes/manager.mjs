/** A manager in a process of its own: registers and starts what its arguments say, and reports about itself. */
import fs from 'node:fs';
import path from 'node:path';
import { Manager, RingStorage } from 'ringwire/supervisor';

const [runtimeDir, specs, ringBytes = String(1 << 20)] = process.argv.slice(2);
const storage = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: Number(ringBytes) });
const manager = await Manager.open({ runtimeDir, storage });
const events = [];
manager.on('event', ({ id, type, time }) => events.push(`${time} ${type} ${id}`));
for (const spec of JSON.parse(specs)) await manager.register(spec);
await manager.stopUnregistered();

process.on('message', async (what) => {
  if (what === 'start') await manager.startAll();
  if (what === 'shutdown') await manager.shutdown();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({
    events,
    streams: manager.load.streams,
    descriptors: fs.readdirSync('/proc/self/fd').length,
    used: heapUsed + external,
    rss,
  });
  if (what === 'shutdown') process.disconnect();
});
// A test that was cut off leaves nothing running.
process.on('disconnect', async () => {
  await manager.shutdown();
  process.exit();
});
process.send('registered');
if (process.env.RINGWIRE_TEST_WAIT === undefined) {
  await manager.startAll();
  process.send('up');
}
