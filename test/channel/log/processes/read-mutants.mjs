// Reads thousands of damaged channel files. Arguments: folder of base files, scratch root, back end, seed, count.
// Prints what ended how often; a file that was answered wrongly is told with the seed it came from.
import fs from 'node:fs';
import { channelPaths } from 'ringwire';
import { readChecked } from './read-checked.mjs';

const [bases, root, backend, seedText, countText] = process.argv.slice(2);
const CHANNEL = 7;

/** mulberry32: small, seeded, good enough to choose damage. */
function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return { below: (n) => Math.floor(next() * n), of: (list) => list[Math.floor(next() * list.length)] };
}

const WORDS = [
  0n,
  1n,
  8n,
  56n,
  120n,
  121n,
  0xffff_ffffn,
  0xffff_ffff_1111_1111n,
  0xffff_ffff_ffff_ffffn,
  0x1_0000_0003n,
  0x8000_0000_0000_0000n,
];

/** Where damage does most: the header, the record words, and anywhere. */
function place(random, file) {
  const part = random.below(10);
  if (part < 2) return random.below(64);
  if (part < 8) return 1024 + random.below(Math.min(2048, Math.max(1, file.length - 1024)));
  return random.below(file.length);
}

function mutate(random, base) {
  let file = Buffer.from(base);
  for (let n = 1 + random.below(4); n > 0 && file.length > 0; n--) {
    const at = Math.min(place(random, file), file.length - 1);
    switch (random.below(7)) {
      case 0:
        file[at] ^= 1 << random.below(8);
        break;
      case 1:
        file[at] = random.below(256);
        break;
      case 2:
      case 3: {
        const word = at & ~7;
        if (word + 8 <= file.length) file.writeBigUInt64LE(random.of(WORDS), word);
        break;
      }
      case 4:
        file = file.subarray(
          0,
          random.below(3) === 0 ? Math.min(file.length, 4096 * (1 + random.below(5))) : at,
        );
        break;
      case 5:
        file.fill(0, at, Math.min(file.length, at + random.below(4096)));
        break;
      case 6: {
        // Cut and grown again: a hole of zeros.
        const grown = Buffer.alloc(file.length + random.below(8192));
        file.copy(grown, 0, 0, at);
        file = grown;
        break;
      }
    }
  }
  return file;
}

const files = fs.readdirSync(bases).map((name) => fs.readFileSync(`${bases}/${name}`));
const paths = channelPaths(root, CHANNEL);
fs.mkdirSync(paths.folder, { recursive: true });
const ends = {};
let slowest = 0;
for (let i = 0; i < Number(countText); i++) {
  const seed = (Number(seedText) + i) >>> 0;
  const random = randomOf(seed);
  const file = mutate(random, random.of(files));
  fs.rmSync(paths.file, { force: true });
  fs.writeFileSync(paths.file, file);
  const start = performance.now();
  const { end, problem } = readChecked(root, CHANNEL, file.length, backend);
  slowest = Math.max(slowest, performance.now() - start);
  ends[end] = (ends[end] ?? 0) + 1;
  if (problem !== null) {
    fs.writeSync(2, `seed ${seed}: ${problem}\n`);
    process.exit(1);
  }
  // The next file is read with fresh collections now and then, as in a long-lived process.
  if (i % 500 === 499) await new Promise((resolve) => setImmediate(resolve));
}
fs.writeSync(1, JSON.stringify({ ends, slowest }));
