/** The entry point `ringwire/relay`: channels over streams of Aeron. */

export {
  type ReceiveOptions,
  type ReceiveProgress,
  type RelayStreams,
  receiveFromStream,
  type SendOptions,
  type SendProgress,
  sendToStream,
} from './relay.js';
export type { DestinationOptions } from './relay-destination.js';
