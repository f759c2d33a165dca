/** A manager for the follow measurement. */
import path from 'node:path';
import { Manager, RingStorage } from 'ringwire/supervisor';

const [runtimeDir, bytes] = process.argv.slice(2);
const storage = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: 64 * 1024 * 1024 });
const manager = await Manager.open({ runtimeDir, storage });
const flood = path.join(import.meta.dirname, 'flood.mjs');
await manager.register({ id: 'flood', command: process.execPath, args: [flood, bytes] });
process.send('ready');
process.on('disconnect', async () => {
  await manager.shutdown();
});
