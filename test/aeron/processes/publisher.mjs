/** Publishes COUNT numbered messages as publisher ID: DIRECTORY STREAM ID COUNT exclusive|shared. */
import { Aeron, OfferResult } from 'ringwire/aeron';

const [directory, stream, id, count, kind] = process.argv.slice(2);
const aeron = await Aeron.connect({ directory });
aeron.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(3);
});
const publication =
  kind === 'exclusive'
    ? await aeron.addExclusivePublication('aeron:ipc', Number(stream))
    : await aeron.addPublication('aeron:ipc', Number(stream));
process.stdout.write(`ready\n`);
const message = Buffer.alloc(32);
message.writeUInt32LE(Number(id), 0);
const turn = () => new Promise((resolve) => setImmediate(resolve));
let waits = 0;
for (let n = 0; n < Number(count); ) {
  message.writeUInt32LE(n, 4);
  message.writeUInt32LE(Math.imul(n, 2654435761) >>> 0, 8);
  message.writeUInt32LE(~n >>> 0, 28);
  const result = publication.offer(message);
  if (result > 0) n++;
  else if (result === OfferResult.Closed) process.exit(4);
  else if (result !== OfferResult.AdminAction && ++waits % 20 === 0) await turn();
}
publication.close();
aeron.close();
process.stdout.write(`${JSON.stringify({ published: Number(count) })}\n`);
