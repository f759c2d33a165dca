/**
 * Entry point `ringwire/relay`: copies channels to other machines, over Aeron streams, NATS JetStream or Redis Streams.
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
  type NatsServers,
  type NatsTls,
  publishToNats,
  type ReceiveOptions,
  type ReceiveProgress,
  type RecordSubject,
  type RedisReceiveOptions,
  type RedisReceiveProgress,
  type RedisSendOptions,
  type RedisServer,
  type RelayStreams,
  type RunningRelay,
  receiveFromStream,
  relayFromJetStream,
  relayFromRedis,
  relayToJetStream,
  relayToRedis,
  type SendOptions,
  type SendProgress,
  type StreamCreation,
  type StreamSendProgress,
  type StreamStart,
  sendToStream,
  subscribeToNats,
} from './relay/index.js';
