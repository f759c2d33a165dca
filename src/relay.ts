/**
 * Entry point `ringwire/relay`: copies channels to other machines over Aeron streams.
 *
 * @module ringwire/relay
 */
export {
  type DestinationOptions,
  type ReceiveOptions,
  type ReceiveProgress,
  type RelayStreams,
  receiveFromStream,
  type SendOptions,
  type SendProgress,
  sendToStream,
} from './relay/index.js';
