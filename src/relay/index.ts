/** The entry point `ringwire/relay`: channels over streams of Aeron. */

export type { DestinationOptions } from './open-destination.js';
export {
  type ReceiveOptions,
  type ReceiveProgress,
  type RelayStreams,
  receiveFromStream,
  type SendOptions,
  type SendProgress,
  sendToStream,
} from './relay.js';
