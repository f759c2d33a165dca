/** A driver until it is killed: DIRECTORY. Says so when clients may come. */
import { IpcMediaDriver } from 'ringwire/aeron';

IpcMediaDriver.start({
  directory: process.argv[2],
  termLength: 65_536,
  timerIntervalMs: 50,
  clientLivenessTimeoutMs: 1500,
  driverTimeoutMs: 1000,
  publicationUnblockTimeoutMs: 2000,
  lingerMs: 0,
});
process.send?.('ready');
