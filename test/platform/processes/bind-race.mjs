import { BoundSocket } from '../../../dist/platform/index.js';

try {
  BoundSocket.bind(process.argv[2], 0o600);
  process.send('bound');
} catch (error) {
  process.send(error.code);
}
// The parent ends this process: the socket stays bound while the others try.
setInterval(() => {}, 1000);
