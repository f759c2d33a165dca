// An agent that beats until it is ended: beat.mjs SOCKET
import { Status, VlpAgent } from 'ringwire/health';

const agent = VlpAgent.connect(process.argv[2], { reconnectAfterDrops: 1 });
setInterval(() => agent.beat(Status.Ok, 42), 10);
