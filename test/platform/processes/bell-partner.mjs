// One side of a doorbell: 'sleep' waits for each number and answers it, 'exit' ends while it sleeps on a pool thread.
import fs from 'node:fs';
import { Doorbell, selectBackend } from '../../../dist/platform/index.js';

const [mode, file, rounds] = process.argv.slice(2);
const fd = fs.openSync(file, 'r+');
const { memory } = selectBackend(4096).map(fd, 4096, true);
const bell = new Doorbell(memory, 64, 192);
const words = new Int32Array(memory);
const [QUESTION, ANSWER, SLEPT] = [128, 160, 200];

if (mode === 'exit') {
  void bell.sleepAsync(bell.announce(), 200);
  process.send('asleep');
  setTimeout(() => process.exit(0), 5);
} else {
  process.send('ready');
  let slept = 0;
  let longest = 0;
  for (let round = 1; round <= Number(rounds); round++) {
    while (Atomics.load(words, QUESTION) < round) {
      const announced = bell.announce();
      if (Atomics.load(words, QUESTION) >= round) break;
      const start = performance.now();
      bell.sleep(announced, 200);
      longest = Math.max(longest, performance.now() - start);
      slept++;
      // The longest sleep is 200 ms: a sleep that lasts as long, with the question there, is a lost bell.
    }
    Atomics.store(words, SLEPT, slept);
    Atomics.store(words, ANSWER, round);
  }
  process.send({ slept, longest });
}
