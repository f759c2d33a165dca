// Asks for squares and checks the answers: node requester.mjs DIRECTORY COUNT
import { Aeron } from 'ringwire/aeron';

const [directory, count = '3'] = process.argv.slice(2);
const turn = () => new Promise(setImmediate);
const aeron = await Aeron.connect({ directory });
const answers = await aeron.addSubscription('aeron:ipc', 1003);
const requests = await aeron.addExclusivePublication('aeron:ipc', 1002);
const request = Buffer.alloc(8);
let answer = Number.NaN;
for (let n = 1; n <= Number(count); n++) {
  request.writeDoubleLE(n);
  while (requests.offer(request) < 0) await turn();
  const read = (buffer, offset) => {
    answer = buffer.readDoubleLE(offset);
  };
  while (answers.poll(read, 1) === 0) await turn();
  console.log(`${n} squared is ${answer}`);
}
requests.close();
aeron.close();
