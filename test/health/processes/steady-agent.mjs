// Beats to a socket every so many milliseconds until it is killed.
import { Status, VlpAgent } from 'ringwire/health';

const [, , socket, every] = process.argv;
const agent = VlpAgent.connect(socket, { reconnectAfterDrops: 1 });
const beat = () => agent.beat(Status.Ok, 1);
beat();
setInterval(beat, Number(every));
