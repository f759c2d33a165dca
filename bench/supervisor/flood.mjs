/** Writes this many bytes to its output, as consecutive numbers (doubles), 64 KiB at a time. */
import fs from 'node:fs';

const block = Buffer.alloc(65_536);
let next = 0;
for (let left = Number(process.argv[2]); left > 0; left -= block.length) {
  for (let at = 0; at < block.length; at += 8) block.writeDoubleLE(next++, at);
  for (let at = 0; at < block.length; ) at += fs.writeSync(1, block, at);
}
