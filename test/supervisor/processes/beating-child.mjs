/** Beats once for each line of its input, and every 20 ms while the last line was `on`; prints what it did. */
import readline from 'node:readline';
import { Status, VlpAgent } from 'ringwire/health';

const agent = VlpAgent.connect(process.argv[2]);
let beating = process.argv[3] === 'on';
setInterval(() => beating && agent.beat(Status.Ok), 20);
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  beating = line === 'on';
  agent.beat(line === 'bad' ? Status.Critical : Status.Ok);
});
process.stdout.write('up\n');
