// Logs numbered lines with pino through the transport, and ends in a way of its own.
import fs from 'node:fs';
import pino from 'pino';

const { options, count, end, first = 0, padding = 0 } = JSON.parse(process.argv[2]);
const transport = pino.transport({ target: 'ringwire/pino', options });
transport.on('error', (error) => {
  fs.writeSync(2, `transport: ${error.message}\n`);
  process.exit(7);
});
const logger = pino({ base: null, timestamp: false }, transport);
const log = () => {
  for (let n = first; n < first + count; n++) logger.info({ n, padding: 'ü'.repeat(n % (padding + 1)) });
};

switch (end) {
  case 'exit at once':
    log();
    process.exit(0);
    break;
  case 'exit when ready':
    await new Promise((resolve) => transport.once('ready', resolve));
    log();
    process.exit(0);
    break;
  case 'flush, then SIGKILL':
    log();
    logger.flush(() => process.kill(process.pid, 'SIGKILL'));
    break;
  case 'exception':
    await new Promise((resolve) => transport.once('ready', resolve));
    log();
    throw new Error('on purpose');
  case 'wait':
    // The error of the transport ends this process.
    log();
    setInterval(() => {}, 1000);
    break;
  default:
    log();
    transport.end();
}
