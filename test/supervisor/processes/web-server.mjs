/** A web server on the socket that its manager opened; it ends when all requests are answered. */
import http from 'node:http';

const server = http.createServer((_request, response) => {
  response.setHeader('connection', 'close');
  response.end(`${process.env.RINGWIRE_INSTANCE} ${process.pid}`);
});
process.on('SIGTERM', () => server.close(() => process.exit(0)));
server.listen({ fd: 3 }, () => process.stdout.write('listening\n'));
