// Measures round trips to pong.mjs: node ping.mjs DIRECTORY COUNT
import { Aeron } from 'ringwire/aeron';

const [directory, count = '10000'] = process.argv.slice(2);
const turn = () => new Promise(setImmediate);
const aeron = await Aeron.connect({ directory });
const pongs = await aeron.addSubscription('aeron:ipc', 1005);
const pings = await aeron.addExclusivePublication('aeron:ipc', 1004);
while (!pings.isConnected || !pongs.isConnected) await turn();

const ping = Buffer.alloc(32);
const micros = new Float64Array(Number(count));
let answer = -1;
const read = (buffer, offset) => {
  answer = buffer.readDoubleLE(offset);
};
for (let n = 0; n < micros.length; n++) {
  ping.writeDoubleLE(n);
  const started = performance.now();
  while (pings.offer(ping) < 0);
  while (pongs.poll(read, 1) === 0) if (!pongs.isConnected) throw new Error('pong is gone');
  micros[n] = (performance.now() - started) * 1000;
  if (answer !== n) throw new Error(`ping ${n} was answered by ${answer}`);
  if (n % 1000 === 0) await turn();
}
micros.sort();
const at = (share) => micros[Math.floor(micros.length * share)].toFixed(2);
console.log(`${micros.length} round trips: p50 ${at(0.5)} µs, p99 ${at(0.99)} µs`);
pings.close();
aeron.close();
