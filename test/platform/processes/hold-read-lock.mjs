// Takes a read lock of a file through a descriptor that may only read, and holds it until it is killed.
import fs from 'node:fs';
import { libc } from '../../../dist/platform/libc.js';

const F_OFD_SETLK = 37;
const fd = fs.openSync(process.argv[2], 'r');
const flock = Buffer.alloc(32);
process.send({ locked: libc().fcntl(fd, F_OFD_SETLK, flock) === 0 });
setInterval(() => {}, 1000);
