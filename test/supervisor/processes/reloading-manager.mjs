/** A manager that runs one configuration, reloads another one, and kills itself at the nth event of the reload. */
import path from 'node:path';
import { Manager, RingStorage } from 'ringwire/supervisor';

const [runtimeDir, before, after, nth] = process.argv.slice(2);
const storage = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: 1 << 20 });
const manager = await Manager.open({ runtimeDir, storage });
for (const spec of JSON.parse(before)) await manager.register(spec);
await manager.startAll();
let events = 0;
manager.on('event', () => {
  events++;
  if (events === Number(nth)) process.kill(process.pid, 'SIGKILL');
});
const { failures } = await manager.reload(JSON.parse(after));
process.send({ events, failures });
process.kill(process.pid, 'SIGKILL');
