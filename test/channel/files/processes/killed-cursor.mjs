// Saves four positions, and dies before or after its n-th call on files.
import fs from 'node:fs';
import { DurableCursor } from 'ringwire';

const [file, nth, when] = process.argv.slice(2);
let calls = 0;
for (const name of ['openSync', 'writeSync', 'fsyncSync', 'fdatasyncSync', 'closeSync']) {
  const original = fs[name];
  fs[name] = (...args) => {
    const last = ++calls === Number(nth);
    if (last && when === 'before') process.kill(process.pid, 'SIGKILL');
    const result = original(...args);
    if (last) process.kill(process.pid, 'SIGKILL');
    return result;
  };
}
const cursor = DurableCursor.open(file, { creationTime: 5n });
for (let n = 1; n <= 4; n++) {
  cursor.save({ position: 8 * n, sequence: n });
  cursor.flush();
}
cursor.close();
