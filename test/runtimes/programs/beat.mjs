// An agent that beats until it is ended: beat.mjs SOCKET
import fs from 'node:fs';
import { Status, VlpAgent } from 'ringwire/health';

const socket = process.argv[2];
while (!fs.existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10));
const agent = VlpAgent.connect(socket, { reconnectAfterDrops: 1 });
setInterval(() => agent.beat(Status.Ok, 42), 10);
