/** Internal index of src/relay: what other modules of src import. The entry point of the package is src/relay.ts. */

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
