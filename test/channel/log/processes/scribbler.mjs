// A hostile peer: stores random words all over a channel until it is killed. The header is damaged for moments only,
// so that readers get past it most of the time.
import fs from 'node:fs';
import { selectBackend } from '../../../../dist/platform/index.js';
import { randomFrom, seedFromEnvironment } from '../../../random.mjs';

const random = randomFrom(seedFromEnvironment() ?? 1);
const [file] = process.argv.slice(2);
const fd = fs.openSync(file, 'r+');
const { size } = fs.fstatSync(fd);
const { memory } = selectBackend(size, 'koffi').map(fd, size, true);
const halves = new Int32Array(memory);
const words = new BigInt64Array(memory);
const WORDS = [0n, 1n, 8n, 100n, 120n, 121n, -1n, -4008636143n, 0x1_0000_0003n, -8n];
const header = words.slice(0, 16);
process.send('scribbling');
for (let n = 1; ; n++) {
  // Mostly where records begin: with records of 8 bytes that is every second word.
  const at = 128 + Math.floor(random() * (words.length - 128));
  if (n % 3 === 0) halves[at * 2 + (n & 1)] = (random() * 2 ** 32) | 0;
  else words[at] = WORDS[Math.floor(random() * WORDS.length)];
  if (n % 50 === 0) for (let i = 128; i < words.length; i += 2) words[i] = 8n;
  if (n % 1000 === 0) words[Math.floor(random() * 16)] = BigInt(n);
  if (n % 1000 === 100) words.set(header);
}
