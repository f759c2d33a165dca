// Message passing through shared memory: `publish` stores a payload and then the word that publishes it, `check` loads
// the word and then the payload. Arguments: role, file, messages, and for `publish` the order of its stores.
import fs from 'node:fs';
import { publishI32, selectBackend } from '../../../dist/platform/index.js';

const [role, file, count, order] = process.argv.slice(2);
const messages = Number(count);

/** A slot is a line of the cache for the word and one for the payload. */
const SLOTS = 256;
const SLOT_WORDS = 32;
const PAYLOAD = 16;
const LENGTH = SLOTS * SLOT_WORDS * 4;
/** Words after the slots: how many messages were checked, and whether the checker has ended. */
const CHECKED = SLOTS * SLOT_WORDS;
const ENDED = CHECKED + 16;

const fd = fs.openSync(file, 'r+');
const { memory } = selectBackend(LENGTH + 4096).map(fd, LENGTH + 4096, true);
const words = new Int32Array(memory);

const dummy = new Int32Array(new SharedArrayBuffer(4));
/** Waits for the other process, which may need this processor. */
function wait(spins) {
  if (spins % 1000 === 0) Atomics.wait(dummy, 0, 0, 0.05);
}

function publish() {
  let room = SLOTS;
  for (let n = 1; n <= messages; n++) {
    for (let spins = 1; n > room; spins++) {
      if (Atomics.load(words, ENDED) !== 0) return;
      room = Atomics.load(words, CHECKED) + SLOTS;
      if (n > room) wait(spins);
    }
    const at = (n % SLOTS) * SLOT_WORDS;
    if (order === 'commit-first') words[at] = n;
    for (let i = at + PAYLOAD; i < at + SLOT_WORDS; i++) words[i] = n;
    if (order === 'commit-last') publishI32(words, at, n);
  }
}

/** @returns messages of which a payload was older than the word */
function check() {
  let violations = 0;
  for (let n = 1; n <= messages && violations === 0; n++) {
    const at = (n % SLOTS) * SLOT_WORDS;
    for (let spins = 1; words[at] !== n; spins++) wait(spins);
    Atomics.load(words, at);
    for (let i = at + PAYLOAD; i < at + SLOT_WORDS; i++) if (words[i] !== n) violations++;
    if (n % 16 === 0) Atomics.store(words, CHECKED, n);
  }
  Atomics.store(words, ENDED, 1);
  return violations;
}

if (role === 'check') process.send(check());
else {
  publish();
  process.send('published');
}
