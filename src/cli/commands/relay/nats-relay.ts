/** `ringwire relay` to and from NATS. */
import { RingwireError } from '../../../platform/index.js';
import {
  type NatsServers,
  publishToNats,
  relayFromJetStream,
  relayToJetStream,
  subscribeToNats,
} from '../../../relay/index.js';
import type { Struct } from '../../../structs/index.js';
import { type ChannelAddress, resolveChannel } from '../../channel-argument.js';
import { count } from '../../rendering/quantities.js';
import { structsOf } from '../../struct-module.js';
import { commonStatus, destinationOf, type RelayOptions, type ShowStatus, startOf } from './relay-options.js';
import type { NatsTarget } from './relay-target.js';

/** Copies a channel to a stream or subject. */
export async function toNats(
  channel: ChannelAddress,
  { servers, stream, subject }: NatsTarget,
  options: RelayOptions,
  signal: AbortSignal,
  show: ShowStatus,
) {
  if (subject === undefined) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'name the subject of the records: nats://host:port/STREAM/subject, or --subject',
    );
  }
  const { root, id: channelId } = resolveChannel(channel);
  const codec = options.struct === undefined ? {} : { codec: await oneStruct(options.struct) };
  const common = { ...serversOf(options), ...codec, servers, signal, root, channelId, subject };
  if (options.core) {
    return publishToNats({
      ...common,
      onProgress: (now) =>
        show(
          `${count(now.sent)} sent, ${count(now.unconfirmed)} unconfirmed, ${count(now.lost)} lost, ${count(now.reconnects)} reconnects`,
          now,
        ),
    });
  }
  return relayToJetStream({
    ...common,
    stream,
    ...(options.create ? { create: { replicas: options.replicas ?? 1 } } : {}),
    onProgress: (now) =>
      show(`${count(now.sent)} sent, ${count(now.acknowledged)} acknowledged, ${commonStatus(now)}`, now),
  });
}

/** Copies a stream or subject to a channel. */
export function fromNats(
  { servers, stream, subject }: NatsTarget,
  channel: ChannelAddress,
  options: RelayOptions,
  signal: AbortSignal,
  show: ShowStatus,
) {
  const common = { ...serversOf(options), servers, signal, destination: destinationOf(channel, options) };
  if (options.core) {
    return subscribeToNats({
      ...common,
      subject: subject ?? '>',
      onProgress: (now) =>
        show(
          `${count(now.received)} received, ${count(now.dropped)} dropped, ${count(now.lost)} lost, ${count(now.reconnects)} reconnects`,
          now,
        ),
    });
  }
  return relayFromJetStream({
    ...common,
    stream,
    ...(subject === undefined ? {} : { subject }),
    ...(options.start === undefined ? {} : { start: startOf(options.start) }),
    durable: options.durable ?? false,
    untilCaughtUp: options.untilCaughtUp ?? false,
    onProgress: (now) => show(`${count(now.received)} received, ${commonStatus(now)}`, now),
  });
}

async function oneStruct(module: string): Promise<Struct<unknown>> {
  const [struct, ...more] = await structsOf(module);
  if (struct !== undefined && more.length === 0) return struct;
  throw new RingwireError('INVALID_ARGUMENT', `${module} exports ${more.length + 1} structs: export one`);
}

function serversOf(options: RelayOptions): NatsServers {
  const { creds, nkey, tokenFile, user, passwordFile, tlsCa, tlsCert, tlsKey } = options;
  const tls = {
    ...(tlsCa === undefined ? {} : { caFile: tlsCa }),
    ...(tlsCert === undefined ? {} : { certFile: tlsCert }),
    ...(tlsKey === undefined ? {} : { keyFile: tlsKey }),
  };
  return {
    ...(creds === undefined ? {} : { credentialsFile: creds }),
    ...(nkey === undefined ? {} : { nkeyFile: nkey }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(user === undefined ? {} : { user }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}
