/** A driver until it is killed: DIRECTORY. Says so when clients may come. */
import { IpcMediaDriver } from 'ringwire/aeron';

IpcMediaDriver.start({
  directory: process.argv[2],
  termLength: 65_536,
  timerInterval: 50,
  clientLivenessTimeout: 1500,
  driverTimeout: 1000,
  publicationUnblockTimeout: 2000,
  linger: 0,
});
process.send?.('ready');
