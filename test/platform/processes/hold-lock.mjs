// Takes the writer's lock of a file, says whether it got it, and holds it until it is killed.
import fs from 'node:fs';
import { tryLock } from '../../../dist/platform/index.js';

const [file] = process.argv.slice(2);
const fd = fs.openSync(file, 'r+');
process.send({ locked: tryLock(fd, file) });
setInterval(() => {}, 1000);
