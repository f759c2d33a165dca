// Sends every ping back until the other side is gone: node pong.mjs DIRECTORY
import { Aeron, BufferClaim } from 'ringwire/aeron';

const turn = () => new Promise(setImmediate);
const aeron = await Aeron.connect({ directory: process.argv[2] });
let gone = false;
const pings = await aeron.addSubscription('aeron:ipc', 1004, {
  onUnavailableImage: () => {
    gone = true;
  },
});
const pongs = await aeron.addExclusivePublication('aeron:ipc', 1005);
const claim = new BufferClaim();
const answer = (buffer, offset, length) => {
  // Nothing is copied but from one log into the other.
  while (pongs.tryClaim(length, claim) < 0) if (!pongs.isConnected) return;
  buffer.copy(claim.buffer, claim.offset, offset, offset + length);
  claim.commit();
};
while (!gone) {
  for (let n = 0; n < 1000; n++) pings.poll(answer, 10);
  // The event loop keeps the client alive.
  await turn();
}
aeron.close();
