/** The receiving end: DIRECTORY ROOT CHANNEL log|ring. Tells what it did when the source has ended. */
import { TickUnit } from 'ringwire';
import { receiveFromStream } from 'ringwire/relay';

const [directory, root, channelId, kind] = process.argv.slice(2);
const options = {
  channelId: Number(channelId),
  writerId: 2,
  capacity: kind === 'ring' ? 65_536 : 32 * 2 ** 20,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
const destination =
  kind === 'ring'
    ? { root, kind: 'ring', options: { ...options, policy: 'back-pressure' } }
    : { root, kind: 'log', options };
const received = await receiveFromStream({ directory, destination, driverTimeoutMs: 3000 });
process.send?.(received);
process.disconnect?.();
