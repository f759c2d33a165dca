/** Options of log channels, checked and resolved. */
import { type BackendName, systemClock } from '../../platform/index.js';
import { oneOf, onlyKnown, u64, wholeNumber } from '../core/arguments.js';
import {
  CHANNEL_DEFAULTS,
  type ChannelIdentity,
  type ChannelOptions,
  type ChannelProfile,
  headerOptions,
} from '../core/channel-options.js';
import { type ChannelHeader, LOG_VERSION } from '../core/header-layout.js';
import { tickUnitFromId, unixTicks } from '../core/tick-unit.js';
import { capacityFor, MIN_CAPACITY, MIN_READABLE_CAPACITY, maxMessageLengthFor } from './log-sizes.js';

/** Options of a log after checking, with every default filled in. */
export interface ResolvedChannelOptions {
  /** The header without the id, which a channel with a name may get at its creation. */
  readonly header: Omit<ChannelHeader, 'channelId'>;
  readonly identity: ChannelIdentity;
  readonly profile: ChannelProfile;
  readonly backend: BackendName | undefined;
  readonly prefault: boolean;
  readonly doorbell: boolean;
  readonly fileMode: number;
  readonly closeOnExit: boolean;
}

const CHANNEL_OPTIONS = [
  'writerId',
  'channelId',
  'name',
  'capacity',
  'maxMessageLength',
  'timeout',
  'tickUnit',
  'profile',
  'backend',
  'prefault',
  'doorbell',
  'fileMode',
  'clock',
  'closeOnExit',
];

/** More than any log takes: its limit follows from the capacity. */
const LONGEST_RECORD = 0xffff_ffff;

/**
 * Checks the options of a new log and fills in the defaults.
 * @throws RingwireError `INVALID_ARGUMENT` or `INVALID_TICK_UNIT`
 */
export function resolveChannelOptions(options: ChannelOptions): ResolvedChannelOptions {
  onlyKnown(options, CHANNEL_OPTIONS);
  const profile = oneOf('profile', options.profile ?? CHANNEL_DEFAULTS.profile, [
    'portable',
    'heartbeat',
  ] as const);
  const asked = headerOptions(options, () => LONGEST_RECORD);
  const capacity = capacityFor(asked.capacity, profile === 'portable' ? MIN_CAPACITY : MIN_READABLE_CAPACITY);
  const tickUnit = tickUnitFromId(asked.tickUnit);
  return {
    header: {
      version: LOG_VERSION,
      writerId: u64('writerId', asked.writerId),
      capacity,
      maxMessageLength: maxMessageLengthFor(asked.maxMessageLength, capacity),
      timeout: u64('timeout', asked.timeout),
      creationTime: unixTicks(tickUnit, options.clock ?? systemClock),
      tickUnit,
    },
    identity: options,
    profile,
    backend: options.backend,
    prefault: options.prefault ?? false,
    doorbell: options.doorbell ?? true,
    fileMode: wholeNumber('fileMode', options.fileMode ?? 0o600, 0o777),
    closeOnExit: options.closeOnExit ?? false,
  };
}
