/** A subscription in the driver. */
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import { ChannelUri } from '../client/channel-uri.js';

/** Parameters of a subscription. */
export interface DriverSubscription {
  readonly registrationId: bigint;
  readonly clientId: bigint;
  readonly streamId: number;
  readonly channel: string;
  /** The only session whose publications match, or null for all. */
  sessionId: number | null;
  /** Whether it is a response channel, which matches no publication before it has the session id of the responses. */
  readonly isResponse: boolean;
  /** Whether publishers always wait for it. */
  readonly tether: boolean;
  /** Whether it rejoins a publication that dropped it. */
  readonly rejoin: boolean;
}

/** @throws AeronError 1, 8 or 11 */
export function driverSubscription(
  defaults: { readonly tether: boolean; readonly rejoin: boolean },
  registrationId: bigint,
  clientId: bigint,
  streamId: number,
  channel: string,
): DriverSubscription {
  const uri = parseIpc(channel);
  return {
    registrationId,
    clientId,
    streamId,
    channel,
    sessionId: uri.integer('session-id', -(2 ** 31), 2 ** 31 - 1) ?? null,
    isResponse: uri.get('control-mode') === 'response',
    tether: uri.boolean('tether') ?? defaults.tether,
    rejoin: uri.boolean('rejoin') ?? defaults.rejoin,
  };
}

/** @throws AeronError 8 for network channels, 1 for an invalid channel */
export function parseIpc(channel: string): ChannelUri {
  if (!/^aeron(:udp|-spy:)/.test(channel)) return ChannelUri.parse(channel);
  throw new AeronError(
    AeronErrorCode.NotSupported,
    `this driver does not support ${channel}: use aeron:ipc, or run a media driver of Aeron for UDP`,
  );
}
