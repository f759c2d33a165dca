// Ends in the way the second argument names, with a panic handler for the socket of the first, or none.
import { installPanicHandler, Status, VlpAgent } from 'ringwire/health';

const [, , socket, how, handler, ...more] = process.argv;

if (handler === 'handler') {
  const signals = more.includes('signals') ? ['SIGTERM', 'SIGINT'] : [];
  const uninstall = installPanicHandler(socket, { signals });
  if (more.includes('twice')) installPanicHandler(socket);
  if (more.includes('uninstalled')) uninstall();
}
if (more.includes('handled')) process.on('SIGINT', () => process.exit(7));
if (more.includes('catches')) process.on('uncaughtException', () => process.exit(9));
if (more.includes('full')) {
  const agent = VlpAgent.connect(socket);
  while (agent.beat(Status.Ok) === 0);
}

const error = new Error('the end');
switch (how) {
  case 'throw':
    throw error;
  case 'throw-later':
    setTimeout(() => {
      throw error;
    }, 5);
    break;
  case 'reject':
    Promise.reject(error);
    break;
  case 'throw-on-input':
    process.stdin.once('data', () => {
      throw error;
    });
    process.stdout.write('ready\n');
    break;
  case 'caught':
    try {
      throw error;
    } catch {}
    break;
  case 'exit':
    process.exit(5);
    break;
  default:
    setInterval(() => {}, 1000);
    process.stdout.write('ready\n');
}
