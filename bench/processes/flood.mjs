/** Writes this many bytes to its output; every 4096 bytes begin with their number (a double). */
import fs from 'node:fs';

const STAMP_EVERY = 4096;
const block = Buffer.alloc(65_536);
let next = 0;
for (let left = Number(process.argv[2]); left > 0; left -= block.length) {
  for (let at = 0; at < block.length; at += STAMP_EVERY) block.writeDoubleLE(next++, at);
  for (let at = 0; at < block.length; ) at += fs.writeSync(1, block, at);
}
