/** The options of a channel to write to. */
import { type Command, Option } from 'commander';
import {
  CHANNEL_DEFAULTS,
  type ChannelHeader,
  isRingHeader,
  type RingHeader,
  type RingPolicy,
  type StuckReaderPolicy,
  TickUnit,
} from '../../channel/index.js';
import { type Duration, durationOption, sizeOption, u64Option } from '../quantities.js';

/** Tick units by their names on the command line. */
export const TICKS = {
  nanos: TickUnit.Nanos,
  micros: TickUnit.Micros,
  millis: TickUnit.Millis,
  secs: TickUnit.Secs,
} as const;
const TICK_NAMES = { 9: 'nanos', 6: 'micros', 3: 'millis', 0: 'secs' } as const;
/** Ticks of a timeout that never ends. */
export const FOREVER = 0xffff_ffff_ffff_ffffn;
const MEBIBYTE = 1024 * 1024;
const LARGEST_RING = 1024 * MEBIBYTE;

/** Parsed options; the help text of each option describes it. */
export interface NewChannelOptions {
  readonly ring?: boolean;
  readonly journal?: boolean;
  readonly retain?: number;
  readonly retainFor?: Duration;
  readonly policy: RingPolicy;
  readonly stuckReader: StuckReaderPolicy;
  readonly stuckAfter: Duration;
  readonly capacity: number;
  readonly maxMessageLength?: number;
  readonly timeout: Duration;
  readonly tick: keyof typeof TICKS;
  readonly profile: 'portable' | 'heartbeat';
  readonly writerId?: bigint;
  readonly resume?: boolean;
}

/** Adds the options of a channel to write to. */
export function takesNewChannel(command: Command): Command {
  return command
    .option('--ring', 'write a ring; create it, or resume it if it exists')
    .option('--journal', 'write a journal; create it, or resume it if it exists')
    .option(
      '--retain <size>',
      'journal: delete the oldest segments above this size (default: none)',
      sizeOption,
    )
    .option(
      '--retain-for <duration>',
      'journal: delete segments whose last record is older (default: none)',
      durationOption,
    )
    .addOption(
      new Option('--policy <policy>', 'ring: overwrite the oldest records, or wait for readers')
        .choices(['overwrite', 'back-pressure'])
        .default(CHANNEL_DEFAULTS.policy),
    )
    .addOption(
      new Option('--stuck-reader <how>', 'ring with back-pressure: what to do about a stuck reader')
        .choices(['wait', 'evict', 'fail'])
        .default(CHANNEL_DEFAULTS.stuckReader),
    )
    .addOption(
      durationWithDefault(
        '--stuck-after <duration>',
        'ring: time without progress after which a reader is stuck',
        CHANNEL_DEFAULTS.stuckAfterMs / 1000,
      ),
    )
    .addOption(
      new Option('-c, --capacity <size>', 'bytes for records: 64K, 256M, at most 4095M, ring 1024M')
        .argParser(sizeOption)
        .default(CHANNEL_DEFAULTS.capacity, `${CHANNEL_DEFAULTS.capacity / MEBIBYTE}M`),
    )
    .option(
      '-m, --max-message-length <size>',
      'longest record (default and limit: capacity / 128, ring capacity / 8)',
      sizeOption,
    )
    .addOption(
      durationWithDefault(
        '--timeout <duration>',
        'silence after which the writer is late',
        CHANNEL_DEFAULTS.timeoutSeconds,
      ),
    )
    .addOption(
      new Option('--tick <unit>', 'unit of time in the header')
        .choices(Object.keys(TICKS))
        .default(TICK_NAMES[CHANNEL_DEFAULTS.tickUnit]),
    )
    .addOption(
      new Option('--profile <kind>', 'log: profile of the file')
        .choices(['portable', 'heartbeat'])
        .default(CHANNEL_DEFAULTS.profile),
    )
    .option('--writer-id <id>', '64-bit number of the writer (default: the process id)', u64Option)
    .option('--resume', 'resume a channel whose writer died');
}

/** An option that holds a duration, with a default in seconds. */
export function durationWithDefault(flags: string, description: string, seconds: number): Option {
  return new Option(flags, description)
    .argParser(durationOption)
    .default(durationOption(`${seconds}s`), `${seconds}s`);
}

/** Options for a channel like the one with this header; options of the command line have priority. */
export function optionsLike(
  { channel: header, journal }: { readonly channel: ChannelHeader | RingHeader; readonly journal: boolean },
  typed: NewChannelOptions,
  command: Command,
): NewChannelOptions {
  const { timeout, tickUnit, maxMessageLength } = header;
  const like: Partial<NewChannelOptions> = {
    ...(isRingHeader(header) && !typed.journal
      ? {
          ring: true,
          policy: header.policy,
          stuckReader: header.stuckReader,
          stuckAfter: BigInt(header.stuckAfterMs) * 1_000_000n,
        }
      : {}),
    ...(journal && !typed.ring ? { journal: true } : {}),
    capacity: typed.ring ? Math.min(header.capacity, LARGEST_RING) : header.capacity,
    // A log accepts 8 bytes more than requested. With another capacity the maximum of that capacity applies.
    ...(isTyped(command, 'capacity')
      ? {}
      : { maxMessageLength: isRingHeader(header) ? maxMessageLength : Math.max(8, maxMessageLength - 8) }),
    timeout: timeout === FOREVER ? 'never' : timeout * 10n ** BigInt(9 - tickUnit),
    tick: TICK_NAMES[tickUnit],
  };
  const kept = Object.entries(like).filter(([name]) => !isTyped(command, name));
  return { ...typed, ...Object.fromEntries(kept) };
}

/** Whether the command line contains an option. */
export function isTyped(command: Command, option: string): boolean {
  return command.getOptionValueSource(option) === 'cli';
}
