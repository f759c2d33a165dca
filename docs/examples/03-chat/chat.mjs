// A talk between two: node chat.mjs FOLDER MY_CHANNEL_ID THEIR_CHANNEL_ID
import readline from 'node:readline';
import { openWithRetries, ShmReader, ShmWriter, TickUnit } from 'ringwire';

const [folder, mine, theirs] = process.argv.slice(2);
if (theirs === undefined) {
  console.error('usage: node chat.mjs FOLDER MY_CHANNEL_ID THEIR_CHANNEL_ID');
  process.exit(2);
}

const writer = ShmWriter.create(folder, {
  writerId: process.pid,
  channelId: BigInt(mine),
  capacity: 1_000_000,
  maxMessageLength: 1000,
  timeout: 20,
  tickUnit: TickUnit.Secs,
});
const heartbeat = setInterval(() => writer.heartbeat(), 2000);

// Once timed out, for ever timed out: a partner who was silent for 20 seconds has left.
const reader = await openWithRetries(
  () => ShmReader.open(folder, BigInt(theirs), { timeout: 'final' }),
  15_000,
  150,
);
console.log('connected');

const input = readline.createInterface({ input: process.stdin });
input.on('line', (line) => {
  writer.write(Buffer.from(line));
  if (line === 'Bye') input.close();
});
input.on('close', () => {
  clearInterval(heartbeat);
  writer.close();
  // Standard input may stay open: do not wait for its end.
  process.stdin.destroy();
});

for await (const record of reader.records()) console.log(`${theirs}: ${record}`);
console.log(
  reader.endReason.code === 'CLOSED' ? `${theirs} left` : `${theirs} is gone: ${reader.endReason.code}`,
);
reader.close();
input.close();
