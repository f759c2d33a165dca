/** A relay over core NATS: SERVERS ROOT. Sends its progress to its parent until a message of the parent ends it. */
import { TickUnit } from 'ringwire';
import { subscribeToNats } from 'ringwire/relay';

const [servers, root] = process.argv.slice(2);
const options = {
  channelId: 2,
  writerId: 2,
  capacity: 2 ** 20,
  maxMessageLength: 65_536,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
const stop = new AbortController();
process.once('message', () => stop.abort());
const progress = await subscribeToNats({
  servers,
  subject: 'records.*',
  destination: { root, kind: 'ring', options },
  signal: stop.signal,
  onProgress: (each) => process.send?.(each),
});
process.send?.(progress);
process.disconnect?.();
