/** The outgoing end: ROOT CHANNEL SERVER. Reports what it did when the source has ended. */
import { relayToRedis } from 'ringwire/relay';

const [root, channelId, server] = process.argv.slice(2);
const sent = await relayToRedis({ root, channelId: Number(channelId), server, stream: 'records' });
process.send?.(sent);
process.disconnect?.();
