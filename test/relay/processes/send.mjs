/** The sending end: DIRECTORY ROOT CHANNEL. Tells what it did when the source has ended. */
import { sendToStream } from 'ringwire/relay';

const [directory, root, channelId] = process.argv.slice(2);
const sent = await sendToStream({ directory, root, channelId: Number(channelId), driverTimeoutMs: 3000 });
process.send?.(sent);
process.disconnect?.();
