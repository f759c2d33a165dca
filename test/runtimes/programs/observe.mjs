// Sees an agent beat, ends it and sees it stall: observe.mjs SOCKET
import { VlpObserver } from 'ringwire/health';
import { done } from './records.mjs';

const observer = VlpObserver.bind({ socket: process.argv[2], thresholdMs: 500 });
let beats = 0;
for await (const event of observer.events()) {
  if (event.kind === 'beat') {
    if (event.payload !== 42n) throw new Error(`payload ${event.payload}`);
    // run.mjs ends the agent when it reads this line.
    if (++beats === 20) process.stdout.write('heard\n');
  } else if (event.kind === 'stall' && beats >= 20) break;
}
await observer.close();
done();
