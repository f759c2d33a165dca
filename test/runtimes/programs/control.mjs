// Server and client of the control socket: control.mjs FOLDER
import path from 'node:path';
import { ControlClient, ControlError, ControlServer, QueueWatch } from 'ringwire/control';
import { done } from './records.mjs';

const socket = path.join(process.argv[2], 'control.sock');
const watch = new QueueWatch();
const server = new ControlServer({
  list: () => [],
  statusOf: (id) => {
    throw new ControlError('NOT_FOUND', `no process ${id}`);
  },
  stop: async () => {},
  logsSnapshot: () => Buffer.from('output'),
  watchLogs: () => watch,
  events: () => watch,
});
await server.listen(socket);
const client = await ControlClient.dial(socket);
if ((await client.list()).length !== 0) throw new Error('the list is not empty');
const refused = await client.status('nobody').catch((error) => error);
if (!(refused instanceof ControlError)) throw new Error(`not refused: ${refused}`);
client.close();
await server.close();
done();
