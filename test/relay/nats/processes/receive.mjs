/** The incoming end: ROOT CHANNEL SERVERS, into a journal. Runs until it is killed. */
import { TickUnit } from 'ringwire';
import { relayFromJetStream } from 'ringwire/relay';

const [root, channelId, servers] = process.argv.slice(2);
const options = {
  channelId: Number(channelId),
  writerId: 2,
  capacity: 2 ** 21,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
await relayFromJetStream({ servers, stream: 'RECORDS', destination: { root, kind: 'journal', options } });
