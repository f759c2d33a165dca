// Lines from standard input to a channel, until "Bye": node echo-in.mjs FOLDER [CHANNEL_ID]
import readline from 'node:readline';
import { ShmWriter, TickUnit } from 'ringwire';

const [folder = '/tmp/ringwire-echo', channelId = '1000'] = process.argv.slice(2);

const writer = ShmWriter.create(folder, {
  writerId: process.pid,
  channelId: BigInt(channelId),
  capacity: 1_000_000,
  maxMessageLength: 1000,
  timeout: 30,
  tickUnit: TickUnit.Secs,
});
// A person may think for longer than the timeout: heartbeats keep the reader waiting.
const heartbeat = setInterval(() => writer.heartbeat(), 10_000);

for await (const line of readline.createInterface({ input: process.stdin })) {
  writer.write(Buffer.from(line));
  if (line === 'Bye') break;
}
clearInterval(heartbeat);
writer.close();
// Standard input may stay open: do not wait for its end.
process.stdin.destroy();
