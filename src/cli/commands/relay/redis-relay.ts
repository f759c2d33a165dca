/** `ringwire relay` to and from Redis. */
import { RingwireError } from '../../../platform/index.js';
import { type RedisServer, relayFromRedis, relayToRedis } from '../../../relay/index.js';
import { type ChannelAddress, resolveChannel } from '../../channel-argument.js';
import { count } from '../../rendering/quantities.js';
import { commonStatus, destinationOf, type RelayOptions, type ShowStatus, startOf } from './relay-options.js';
import type { RedisTarget } from './relay-target.js';

const NATS_ONLY = [
  'core',
  'create',
  'replicas',
  'subject',
  'struct',
  'creds',
  'nkey',
  'tokenFile',
  'tlsCert',
  'tlsKey',
  'durable',
] as const;

/** Copies a channel to a stream. */
export function toRedis(
  channel: ChannelAddress,
  target: RedisTarget,
  options: RelayOptions,
  signal: AbortSignal,
  show: ShowStatus,
) {
  const { root, id: channelId } = resolveChannel(channel);
  return relayToRedis({
    ...serverOf(options),
    ...target,
    signal,
    root,
    channelId,
    ...(options.maxRecords === undefined ? {} : { maxRecords: options.maxRecords }),
    onProgress: (now) =>
      show(`${count(now.sent)} sent, ${count(now.acknowledged)} acknowledged, ${commonStatus(now)}`, now),
  });
}

/** Copies a stream to a channel. */
export function fromRedis(
  target: RedisTarget,
  channel: ChannelAddress,
  options: RelayOptions,
  signal: AbortSignal,
  show: ShowStatus,
) {
  const start = startOf(options.start ?? 'all');
  if (typeof start === 'object' && 'time' in start) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'a Redis stream does not store times: use all, new or the number of a record as --start',
    );
  }
  return relayFromRedis({
    ...serverOf(options),
    ...target,
    signal,
    start,
    destination: destinationOf(channel, options),
    untilCaughtUp: options.untilCaughtUp ?? false,
    onProgress: (now) => show(`${count(now.received)} received, ${commonStatus(now)}`, now),
  });
}

function serverOf(options: RelayOptions): RedisServer {
  const other = NATS_ONLY.find((name) => options[name] !== undefined);
  if (other !== undefined) {
    const option = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new RingwireError('INVALID_ARGUMENT', `--${option} is an option for NATS, not for Redis`);
  }
  const { user, passwordFile, tlsCa } = options;
  return {
    ...(user === undefined ? {} : { user }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(tlsCa === undefined ? {} : { caFile: tlsCa }),
  };
}
