/**
 * Checks every message of PUBLISHERS publishers of COUNT messages each: DIRECTORY STREAM PUBLISHERS COUNT.
 * With COUNT 0 it reads until it is killed; it may come in the middle of a stream, and starts over whenever a
 * publisher begins again.
 */
import { Aeron } from 'ringwire/aeron';

const [directory, stream, publishers, count] = process.argv.slice(2);
const aeron = await Aeron.connect({ directory });
aeron.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(3);
});
const subscription = await aeron.addSubscription('aeron:ipc', Number(stream));
process.stdout.write(`ready\n`);
const endless = Number(count) === 0;
const ANY = -1;
const next = new Array(Number(publishers)).fill(endless ? ANY : 0);
let total = 0;
const check = (buffer, offset, length) => {
  const id = buffer.readUInt32LE(offset);
  const n = buffer.readUInt32LE(offset + 4);
  const sound =
    length === 32 &&
    buffer.readUInt32LE(offset + 8) === Math.imul(n, 2654435761) >>> 0 &&
    buffer.readUInt32LE(offset + 28) === ~n >>> 0;
  const expected = n === next[id] || (endless && (n === 0 || next[id] === ANY));
  if (!sound || !expected) {
    process.stderr.write(
      `${`publisher ${id}: message ${n} of ${length} bytes where ${next[id]} was expected`}\n`,
    );
    process.exit(1);
  }
  next[id] = n + 1;
  total++;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));
while (endless || total < Number(publishers) * Number(count)) {
  if (subscription.poll(check, 256) === 0) await turn();
}
process.stdout.write(`${JSON.stringify({ received: total, position: subscription.images[0]?.position })}\n`);
aeron.close();
