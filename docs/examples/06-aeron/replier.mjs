// Answers every number with its square until the requester is gone: node replier.mjs DIRECTORY
import { Aeron } from 'ringwire/aeron';

const turn = () => new Promise(setImmediate);
const aeron = await Aeron.connect({ directory: process.argv[2] });
let gone = false;
const requests = await aeron.addSubscription('aeron:ipc', 1002, {
  onUnavailableImage: () => {
    gone = true;
  },
});
const answers = await aeron.addExclusivePublication('aeron:ipc', 1003);
const pending = [];
const square = (buffer, offset) => void pending.push(buffer.readDoubleLE(offset) ** 2);
const answer = Buffer.alloc(8);
while (!gone) {
  requests.poll(square, 10);
  while (pending.length > 0 && !gone) {
    answer.writeDoubleLE(pending[0]);
    if (answers.offer(answer) > 0) pending.shift();
    else await turn();
  }
  await turn();
}
aeron.close();
