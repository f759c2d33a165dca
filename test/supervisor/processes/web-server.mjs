/** The web server of docs/guides/supervisor.md: it ends when all requests are answered, and resets no connection. */
import http from 'node:http';
import net from 'node:net';

let ending = false;
// A busy client may pause for longer than the default of 5 s.
const server = http.createServer({ keepAliveTimeout: 600_000 }, (_request, response) => {
  if (ending) response.setHeader('connection', 'close');
  response.end(`${process.env.RINGWIRE_INSTANCE} ${process.pid}`);
});
process.on('SIGTERM', () => {
  ending = true;
  // The close of http.Server also resets connections whose request has not arrived, from Node 26 on.
  net.Server.prototype.close.call(server, () => process.exit(0));
});
server.listen({ fd: 3 }, () => process.stdout.write('listening\n'));
