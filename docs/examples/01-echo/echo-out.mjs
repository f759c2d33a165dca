// Prints the lines of a channel: node echo-out.mjs FOLDER [CHANNEL_ID]
import { ShmReader } from 'ringwire';

const [folder = '/tmp/ringwire-echo', channelId = '1000'] = process.argv.slice(2);

const reader = await ShmReader.waitFor(folder, BigInt(channelId), { timeoutMs: 30_000 });
for await (const record of reader.records()) {
  console.log(record.toString());
  if (record.toString() === 'Bye') break;
}
// CLOSED: the writer said goodbye. TIMEOUT: 30 seconds without a record or a heartbeat.
if (reader.endReason?.code === 'TIMEOUT') {
  console.error(reader.endReason.message);
  process.exitCode = 1;
}
reader.close();
