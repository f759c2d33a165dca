/** Serves an empty manager at the path given, and says whether it could. */
import { ControlServer } from 'ringwire/control';

const empty = { next: () => null, onReadable() {}, lost: 0, close() {} };
const server = new ControlServer({
  list: () => [],
  statusOf() {
    throw new Error('none');
  },
  stop: async () => {},
  logsSnapshot: () => null,
  watchLogs: () => empty,
  events: () => empty,
});
try {
  await server.listen(process.argv[2]);
  process.send('listening');
} catch (error) {
  process.send(error.code);
}
