// Takes a read lock of a file through a descriptor that may only read, and holds it until it is killed.
import fs from 'node:fs';
import koffi from 'koffi';

const F_OFD_SETLK = 37;
const fd = fs.openSync(process.argv[2], 'r');
const fcntl = koffi.load('libc.so.6').func('int fcntl(int fd, int command, void *lock)');
const flock = Buffer.alloc(32);
process.send({ locked: fcntl(fd, F_OFD_SETLK, flock) === 0 });
setInterval(() => {}, 1000);
