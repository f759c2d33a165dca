// A manager, its child and a client: supervisor.mjs FOLDER
import path from 'node:path';
import { ControlClient } from 'ringwire/control';
import { Manager, RingStorage } from 'ringwire/supervisor';
import { done, fail } from './records.mjs';

const runtimeDir = process.argv[2];
const storage = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: 1024 * 1024 });
const manager = await Manager.open({ runtimeDir, storage }).catch(fail);
const ended = new Promise((resolve) => {
  manager.on('event', (event) => event.type === 'process.stopped' && resolve());
});
await manager.register({ id: 'hello', command: 'sh', args: ['-c', 'echo hello'], restart: 'never' });
await manager.start('hello');
await ended;
const client = await ControlClient.dial(path.join(runtimeDir, 'manager.sock'));
const [entry] = await client.list();
if (entry.id !== 'hello' || entry.state !== 'stopped') throw new Error(`${entry.id} is ${entry.state}`);
client.close();
const output = manager.logsSnapshot('hello', 0).toString();
if (output !== 'hello\n') throw new Error(`output ${JSON.stringify(output)}`);
await manager.shutdown();
done();
