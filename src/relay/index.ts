/** Internal index of src/relay: channels over the streams of an engine. The entry point is src/relay.ts. */

export {
  type ReceiveOptions,
  type ReceiveProgress,
  type RelayStreams,
  receiveFromStream,
  type SendOptions,
  type SendProgress,
  sendToStream,
} from './aeron/relay.js';
export type { NatsServers, NatsTls } from './nats/nats-servers.js';
export { type CoreSendOptions, type CoreSendProgress, publishToNats } from './nats/publish-to-nats.js';
export {
  type JetStreamReceiveOptions,
  type JetStreamReceiveProgress,
  relayFromJetStream,
  type StreamStart,
} from './nats/relay-from-jetstream.js';
export {
  type JetStreamSendOptions,
  relayToJetStream,
} from './nats/relay-to-jetstream.js';
export type { StreamCreation } from './nats/stream-creation.js';
export type { RecordSubject } from './nats/subject.js';
export {
  type CoreReceiveOptions,
  type CoreReceiveProgress,
  subscribeToNats,
} from './nats/subscribe-to-nats.js';
export type { DestinationOptions } from './open-destination.js';
export type { RedisServer } from './redis/redis-server.js';
export {
  type RedisReceiveOptions,
  type RedisReceiveProgress,
  relayFromRedis,
} from './redis/relay-from-redis.js';
export { type RedisSendOptions, relayToRedis } from './redis/relay-to-redis.js';
export type { RunningRelay } from './running-relay.js';
export type { StreamSendProgress } from './stream-sending.js';
