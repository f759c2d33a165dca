/** Maps the cnc.dat of a folder until it is killed: DIRECTORY. */
import { CncFile } from 'ringwire/aeron';

const file = CncFile.open(process.argv[2]);
setInterval(() => file.driverHeartbeat, 1000);
process.stdout.write('ready\n');
