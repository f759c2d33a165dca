// Drops a cursor without closing it and says whether another one may use its file. Needs --expose-gc.
import { setTimeout as pause } from 'node:timers/promises';
import { DurableCursor } from 'ringwire';

const [file] = process.argv.slice(2);
const channel = { creationTime: 1n };
const warnings = [];
process.on('warning', ({ code, message }) => warnings.push({ code, message }));

const open = () => {
  try {
    const cursor = DurableCursor.open(file, channel);
    const { saved } = cursor;
    cursor.close();
    return saved;
  } catch (error) {
    return error.code;
  }
};

function drop() {
  DurableCursor.open(file, channel).save({ position: 8, sequence: 1 });
}
drop();
const held = open();
// Finalizers run in a turn of the event loop after the collection.
let free = held;
for (let turn = 0; turn < 200 && free === held; turn++) {
  globalThis.gc();
  await pause(5);
  free = open();
}
process.stdout.write(JSON.stringify({ held, free, warnings }));
