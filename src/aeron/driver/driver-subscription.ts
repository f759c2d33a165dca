/** A subscription, as the driver knows it. */
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import { ChannelUri } from '../client/channel-uri.js';

export interface DriverSubscription {
  readonly registrationId: bigint;
  readonly clientId: bigint;
  readonly streamId: number;
  readonly channel: string;
  /** Only publications of this session, or null for all. */
  sessionId: number | null;
  /** A response channel: matches nothing until it is told the session of the answers. */
  readonly isResponse: boolean;
  /** False: may be dropped when it is too slow. */
  readonly tether: boolean;
  /** Whether one that was dropped comes back. */
  readonly rejoin: boolean;
}

/** @throws AeronError 1, 8 or 11 */
export function driverSubscription(
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
    tether: uri.boolean('tether') ?? true,
    rejoin: uri.boolean('rejoin') ?? true,
  };
}

/** @throws AeronError 8 for channels that leave the machine, 1 for what is none */
export function parseIpc(channel: string): ChannelUri {
  if (!/^aeron(:udp|-spy:)/.test(channel)) return ChannelUri.parse(channel);
  throw new AeronError(
    AeronErrorCode.NotSupported,
    `this driver serves aeron:ipc only; for UDP run an Aeron media driver: ${channel}`,
  );
}
