/** Starts a driver at the first line of standard input: DIRECTORY. Says what became of it; ends with standard input. */
import { once } from 'node:events';
import { IpcMediaDriver } from 'ringwire/aeron';

process.stdout.write('ready\n');
await once(process.stdin, 'data');
try {
  IpcMediaDriver.start({ directory: process.argv[2], driverTimeoutMs: 1000, counterValuesLength: 2 ** 20 });
  process.stdout.write('running\n');
} catch (error) {
  process.stdout.write(`refused ${error.code ?? error.message}\n`);
}
process.stdin.once('end', () => process.exit(0));
