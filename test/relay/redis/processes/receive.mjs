/** The incoming end: ROOT CHANNEL SERVER, into a journal. Runs until it is killed. */
import { TickUnit } from 'ringwire';
import { relayFromRedis } from 'ringwire/relay';

const [root, channelId, server] = process.argv.slice(2);
const options = {
  channelId: Number(channelId),
  writerId: 2,
  capacity: 2 ** 21,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
await relayFromRedis({ server, stream: 'records', destination: { root, kind: 'journal', options } });
