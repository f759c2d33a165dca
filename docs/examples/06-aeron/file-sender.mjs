// Sends a file: node file-sender.mjs DIRECTORY FILE
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Aeron, OfferResult } from 'ringwire/aeron';

const [directory, name] = process.argv.slice(2);
const turn = () => new Promise(setImmediate);
const aeron = await Aeron.connect({ directory });
const publication = await aeron.addExclusivePublication('aeron:ipc', 1006);
while (!publication.isConnected) await turn();

async function send(type, ...parts) {
  const message = [Buffer.from(type), ...parts];
  for (;;) {
    const result = publication.offer(message);
    if (result > 0) return;
    if (result === OfferResult.Closed || result === OfferResult.NotConnected)
      throw new Error('nobody takes the file');
    await turn();
  }
}

// A message may be longer than a frame, up to an eighth of a term: it is sent in fragments.
const chunk = Buffer.alloc(Math.min(32_768, publication.maxMessageLength - 1));
const file = await open(name);
await send('N', Buffer.from(path.basename(name)));
let total = 0;
for (;;) {
  const { bytesRead } = await file.read(chunk);
  if (bytesRead === 0) break;
  await send('D', chunk.subarray(0, bytesRead));
  total += bytesRead;
}
await file.close();
await send('E');
console.log(`${total} bytes sent`);
publication.close();
aeron.close();
