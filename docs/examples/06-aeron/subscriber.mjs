// Prints messages until the publisher is gone: node subscriber.mjs DIRECTORY
import { Aeron, FragmentAssembler } from 'ringwire/aeron';

const aeron = await Aeron.connect({ directory: process.argv[2] });
let gone = false;
const subscription = await aeron.addSubscription('aeron:ipc', 1001, {
  onUnavailableImage: () => {
    gone = true;
  },
});
const assembler = new FragmentAssembler((buffer, offset, length) => {
  console.log(buffer.toString('utf8', offset, offset + length));
});
while (!gone) {
  if (subscription.poll(assembler.handler, 10) === 0) await new Promise(setImmediate);
}
aeron.close();
