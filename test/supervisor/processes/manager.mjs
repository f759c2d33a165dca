/** A manager to be killed: registers and starts what its arguments say, and tells when it is up. */
import path from 'node:path';
import { Manager, RingStorage } from 'ringwire/supervisor';

const [runtimeDir, specs] = process.argv.slice(2);
const storage = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: 1 << 20 });
const manager = await Manager.open({ runtimeDir, storage });
for (const spec of JSON.parse(specs)) await manager.register(spec);
await manager.endStrangers();
process.send('registered');
await manager.startAll();
process.send('up');
