// Receives one file into a folder: node file-receiver.mjs DIRECTORY FOLDER
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Aeron, FragmentAssembler } from 'ringwire/aeron';

const [directory, folder] = process.argv.slice(2);
const aeron = await Aeron.connect({ directory });
let gone = false;
const subscription = await aeron.addSubscription('aeron:ipc', 1006, {
  onUnavailableImage: () => {
    gone = true;
  },
});
let file = null;
let total = 0;
let complete = false;
// Puts the fragments of a message together; the view is valid during the call.
const assembler = new FragmentAssembler((buffer, offset, length) => {
  const type = String.fromCharCode(buffer[offset]);
  if (type === 'N') {
    // The other side chooses a name, not a place.
    const name = path.basename(buffer.toString('utf8', offset + 1, offset + length));
    file = openSync(path.join(folder, name), 'wx');
  } else if (type === 'D') total += writeSync(file, buffer, offset + 1, length - 1);
  else complete = true;
});
while (!complete && !gone) {
  if (subscription.poll(assembler.handler, 10) === 0) await new Promise(setImmediate);
}
if (file !== null) closeSync(file);
aeron.close();
if (!complete) throw new Error(`the sender went away after ${total} bytes`);
console.log(`${total} bytes received`);
