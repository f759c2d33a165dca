/** Opens COUNT damaged and cut copies of a driver's cnc.dat: DIRECTORY COPY COUNT. A SIGBUS would end this process. */
import fs from 'node:fs';
import path from 'node:path';
import { RingwireError } from 'ringwire';
import { Aeron, CncFile } from 'ringwire/aeron';

const [directory, copy, count] = process.argv.slice(2);
fs.mkdirSync(copy, { recursive: true });
const file = path.join(copy, 'cnc.dat');
const sound = fs.readFileSync(path.join(directory, 'cnc.dat'));
const values = [0, -1, 1, 128, 768, 0x7fffffff, -0x80000000, 2 ** 20, 2 ** 16 + 768, 2 ** 30];
let state = 5;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % below;
};
const outcomes = { opened: 0, refused: 0 };
for (let n = 0; n < Number(count); n++) {
  const header = Buffer.from(sound.subarray(0, 128));
  if (n % 3 !== 0) header.writeInt32LE(values[random(values.length)], 4 * random(13));
  fs.writeFileSync(file, header);
  const rest = sound.subarray(128, n % 3 === 1 ? sound.length : 128 + random(sound.length - 128));
  fs.appendFileSync(file, rest);
  try {
    const cnc = CncFile.open(copy);
    try {
      for (const counter of cnc.counters) if (counter.id < 0) throw new Error('a counter that cannot be');
      cnc.errors();
      void cnc.driverHeartbeat;
    } finally {
      cnc.close();
    }
    const aeron = await Aeron.connect({ directory: copy, driverTimeoutMs: 5 });
    aeron.close();
    outcomes.opened++;
  } catch (error) {
    if (!(error instanceof RingwireError)) throw error;
    outcomes.refused++;
  }
}
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
