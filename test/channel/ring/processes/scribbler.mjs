/** A peer that writes random words over header, counters, slots and records of the ring it was told last. */
import fs from 'node:fs';
import { randomFrom, seedFromEnvironment } from '../../../random.mjs';

const random = randomFrom(seedFromEnvironment() ?? 1);
const LARGEST_LENGTH = 14_000;
const WRITES_PER_TURN = 2;
/** Where the records begin: most writes go there, since a reader that fails at opening meets no record. */
const DATA = 12_288;
let fd = -1;
let writes = 0;
const word = Buffer.alloc(4);

process.on('message', (path) => {
  if (fd >= 0) fs.closeSync(fd);
  fd = fs.openSync(path, 'r+');
  const { size } = fs.fstatSync(fd);
  process.send(writes);
  scribble(Math.min(size, LARGEST_LENGTH), fd);
});

function scribble(size, mine) {
  if (fd !== mine) return;
  for (let i = 0; i < WRITES_PER_TURN; i++) {
    const kind = random();
    // Small numbers pass for lengths, large ones for positions and marks.
    word.writeInt32LE((random() * (kind < 0.5 ? 200 : 2 ** 31)) | 0);
    if (kind > 0.8) word.fill(0xff);
    const at = random() < 0.95 ? DATA + random() * (size - DATA) : random() * DATA;
    fs.writeSync(mine, word, 0, 4, (at >> 2) << 2);
    writes++;
  }
  setImmediate(scribble, size, mine);
}
