/**
 * Entry point `ringwire/relay`: copies channels to other machines, over Aeron streams or NATS JetStream.
 *
 * @module ringwire/relay
 */
export {
  type CoreReceiveOptions,
  type CoreReceiveProgress,
  type CoreSendOptions,
  type CoreSendProgress,
  type DestinationOptions,
  type JetStreamReceiveOptions,
  type JetStreamReceiveProgress,
  type JetStreamSendOptions,
  type JetStreamSendProgress,
  type NatsServers,
  type NatsTls,
  publishToNats,
  type ReceiveOptions,
  type ReceiveProgress,
  type RecordSubject,
  type RelayStreams,
  type RunningRelay,
  receiveFromStream,
  relayFromJetStream,
  relayToJetStream,
  type SendOptions,
  type SendProgress,
  type StreamCreation,
  type StreamStart,
  sendToStream,
  subscribeToNats,
} from './relay/index.js';
