/** Status and addresses of a channel's endpoint. Source: Aeron 1.53 `ChannelEndpointStatus`, `LocalSocketAddressStatus`. */

import { CounterType } from '../layout/counter-layout.js';
import { ChannelUri } from './channel-uri.js';
import type { CountersReader } from './monitoring/counters-reader.js';

/**
 * Status of an endpoint. `none`: the channel has no endpoint (IPC), or its counter was freed. Source: Aeron 1.53
 * `ChannelEndpointStatus`.
 */
export type EndpointStatus = 'none' | 'initialising' | 'active' | 'closing' | 'errored';

const STATUS = new Map<bigint, EndpointStatus>([
  [0n, 'initialising'],
  [1n, 'active'],
  [2n, 'closing'],
  [-1n, 'errored'],
]);
const MAX_ADDRESS_LENGTH = 104;

/** Status of an endpoint by the id of its counter. */
export function readChannelStatus(counters: CountersReader, statusCounterId: number): EndpointStatus {
  const counter = counters.get(statusCounterId);
  const isStatus =
    counter?.typeId === CounterType.SendChannelStatus || counter?.typeId === CounterType.ReceiveChannelStatus;
  return isStatus ? (STATUS.get(counter.value) ?? 'none') : 'none';
}

/** Addresses of a channel, `ip:port` each; an empty list unless it is active. */
export function readLocalAddresses(counters: CountersReader, statusCounterId: number): string[] {
  if (readChannelStatus(counters, statusCounterId) !== 'active') return [];
  const addresses: string[] = [];
  for (const { typeId, key } of counters) {
    if (typeId !== CounterType.LocalAddress || key.readInt32LE(0) !== statusCounterId) continue;
    const length = Math.min(Math.max(key.readInt32LE(4), 0), MAX_ADDRESS_LENGTH);
    addresses.push(key.toString('utf8', 8, 8 + length));
  }
  return addresses;
}

/**
 * The URI of a subscription with the port that the system chose for port 0. Unchanged when the URI has another port;
 * null while the channel is not active.
 */
export function resolveEndpointPort(channel: string, addresses: readonly string[]): string | null {
  const uri = ChannelUri.parse(channel);
  const endpoint = uri.get('endpoint');
  if (uri.media !== 'udp' || !endpoint?.endsWith(':0') || uri.get('control-mode') === 'manual')
    return channel;
  const port = addresses[0]?.slice(addresses[0].lastIndexOf(':'));
  return port === undefined ? null : uri.with('endpoint', endpoint.slice(0, -2) + port).toString();
}
