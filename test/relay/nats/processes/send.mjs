/** The outgoing end: ROOT CHANNEL SERVERS. Reports what it did when the source has ended. */
import { relayToJetStream } from 'ringwire/relay';

const [root, channelId, servers] = process.argv.slice(2);
const sent = await relayToJetStream({
  root,
  channelId: Number(channelId),
  servers,
  stream: 'RECORDS',
  subject: 'records.a',
  ackTimeoutMs: 3000,
});
process.send?.(sent);
process.disconnect?.();
