/** The options of `ringwire relay` that every engine shares. */
import { TickUnit } from '../../../channel/index.js';
import type { RelayProgress } from '../../../metrics/index.js';
import { RingwireError } from '../../../platform/index.js';
import type { DestinationOptions, StreamStart } from '../../../relay/index.js';
import { type ChannelAddress, identityOf, type RootOptions } from '../../channel-argument.js';
import type { ListenAddress } from '../../listen-address.js';
import type { Duration } from '../../quantities.js';
import { count } from '../../rendering/quantities.js';

const FOREVER = 0xffff_ffff_ffff_ffffn;

/** The options as commander gives them. */
export interface RelayOptions extends RootOptions {
  readonly core?: boolean;
  readonly create?: boolean;
  readonly replicas?: number;
  readonly maxRecords?: number;
  readonly subject?: string;
  readonly struct?: string;
  readonly creds?: string;
  readonly nkey?: string;
  readonly tokenFile?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly start?: string;
  readonly untilCaughtUp?: boolean;
  readonly durable?: boolean;
  readonly kind: 'log' | 'ring' | 'journal';
  readonly capacity: number;
  readonly maxMessageLength?: number;
  readonly timeout: Duration;
  readonly metrics?: ListenAddress;
  readonly json?: boolean;
}

/** Shows the state of a relay: a line of text, and the figures in it. */
export type ShowStatus = (text: string, progress: RelayProgress) => void;

/** What the status line of every engine ends with. */
export function commonStatus({
  lag,
  lost,
  reconnects,
}: {
  lag: number | null;
  lost: number;
  reconnects: number;
}) {
  return `lag ${lag === null ? 'unknown' : count(lag)}, ${count(lost)} lost, ${count(reconnects)} reconnects`;
}

/** The option `--start`. @throws RingwireError `INVALID_ARGUMENT` */
export function startOf(text: string): StreamStart {
  if (text === 'all' || text === 'new') return text;
  if (/^\d+$/.test(text)) return { sequence: Number(text) };
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return { time };
  throw new RingwireError(
    'INVALID_ARGUMENT',
    `'${text}' is no start: expected all, new, a sequence number or a time`,
  );
}

/** The destination that the options of a new channel describe. */
export function destinationOf({ root, key }: ChannelAddress, options: RelayOptions): DestinationOptions {
  const { kind, capacity, maxMessageLength, timeout } = options;
  const common = {
    ...identityOf(key),
    writerId: process.pid,
    capacity,
    timeout: timeout === 'never' ? FOREVER : timeout,
    tickUnit: TickUnit.Nanos,
  };
  const longest = maxMessageLength === undefined ? {} : { maxMessageLength };
  if (kind === 'ring') return { root, kind, options: { ...common, ...longest, policy: 'back-pressure' } };
  return { root, kind, options: { ...common, ...longest } };
}
