/** A driver until SIGTERM: DIRECTORY [TERM LENGTH]. Prints `ready` when clients can connect. */
import { IpcMediaDriver } from 'ringwire/aeron';

const driver = IpcMediaDriver.start({
  directory: process.argv[2],
  termLength: Number(process.argv[3] ?? 65_536),
  timerIntervalMs: 50,
  clientLivenessTimeoutMs: 1500,
  driverTimeoutMs: 1500,
  publicationUnblockTimeoutMs: 2000,
  lingerMs: 0,
  counterValuesLength: 2 ** 20,
});
process.on('SIGTERM', () => {
  driver.close();
  process.exit(0);
});
process.stdout.write(`ready\n`);
