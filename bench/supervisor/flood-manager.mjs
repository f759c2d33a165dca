/** A manager for the follow measurement. */
import path from 'node:path';
import { Manager, RingStorage } from 'ringwire/supervisor';

const [runtimeDir, bytes] = process.argv.slice(2);
const storage = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: 64 * 1024 * 1024 });
const manager = await Manager.open({ runtimeDir, storage });
const script =
  'const b = Buffer.alloc(65536); let n = 0; for (let left = +process.argv[1]; left > 0; left -= b.length) { for (let i = 0; i < b.length; i += 8) b.writeDoubleLE(n++, i); let at = 0; while (at < b.length) at += require("fs").writeSync(1, b, at); }';
await manager.register({ id: 'flood', command: process.execPath, args: ['-e', script, bytes] });
process.send('ready');
process.on('disconnect', async () => {
  await manager.shutdown();
});
