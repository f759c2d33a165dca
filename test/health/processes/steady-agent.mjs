// Beats to a socket every so many milliseconds until it is killed. Answers a message with its longest pause so far.
import { Status, VlpAgent } from 'ringwire/health';

const [, , socket, every] = process.argv;
const agent = VlpAgent.connect(socket, { reconnectAfterDrops: 1 });
let last = performance.now();
let longest = 0;
const beat = () => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
  agent.beat(Status.Ok, 1);
};
beat();
setInterval(beat, Number(every));
process.on('message', () => process.send({ longest }));
