/** The options of a channel to write to. */
import { type Command, Option } from 'commander';
import {
  type ChannelHeader,
  isRingHeader,
  type RingHeader,
  type RingPolicy,
  type StuckReaderPolicy,
  TickUnit,
} from '../../channel/index.js';
import { type Duration, durationOption, sizeOption, u64Option } from '../quantities.js';

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

export function takesNewChannel(command: Command): Command {
  return command
    .option('--ring', 'a ring: an endless stream; created, or resumed if it exists')
    .option('--journal', 'a journal: logs one after the other; created, or resumed if it exists')
    .option('--retain <size>', 'of a journal: delete the oldest logs above so many bytes', sizeOption)
    .option('--retain-for <duration>', 'of a journal: delete logs whose last record is older', durationOption)
    .addOption(
      new Option('--policy <policy>', 'of a ring: overwrite what slow readers miss, or wait for readers')
        .choices(['overwrite', 'back-pressure'])
        .default('overwrite'),
    )
    .addOption(
      new Option('--stuck-reader <how>', 'with back-pressure, about a live reader that does not move')
        .choices(['wait', 'evict', 'fail'])
        .default('wait'),
    )
    .addOption(
      durationWithDefault('--stuck-after <duration>', 'how long it has not moved to be called stuck', 5),
    )
    .addOption(
      new Option('-c, --capacity <size>', 'bytes for records: 64K, 256M, up to 4095M, of a ring 1024M')
        .argParser(sizeOption)
        .default(32 * MEBIBYTE, '32M'),
    )
    .option(
      '-m, --max-message-length <size>',
      'longest record; default and limit: capacity / 128, of a ring capacity / 8',
      sizeOption,
    )
    .addOption(
      durationWithDefault('--timeout <duration>', 'silence after which readers call the writer late', 10),
    )
    .addOption(
      new Option('--tick <unit>', 'unit of time in the header').choices(Object.keys(TICKS)).default('nanos'),
    )
    .addOption(
      new Option('--profile <kind>', 'form of the file of a log')
        .choices(['portable', 'heartbeat'])
        .default('portable'),
    )
    .option('--writer-id <id>', 'any number of 64 bits (default: the process id)', u64Option)
    .option('--resume', 'resume a channel whose writer died');
}

export function durationWithDefault(flags: string, description: string, seconds: number): Option {
  return new Option(flags, description)
    .argParser(durationOption)
    .default(durationOption(`${seconds}s`), `${seconds}s`);
}

/** The options that make a channel like one with this header, but for those that stand on the command line. */
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
    // A log takes 8 bytes more than it was asked for. With another capacity it is the most that it allows.
    ...(isTyped(command, 'capacity')
      ? {}
      : { maxMessageLength: isRingHeader(header) ? maxMessageLength : Math.max(8, maxMessageLength - 8) }),
    timeout: timeout === FOREVER ? 'never' : timeout * 10n ** BigInt(9 - tickUnit),
    tick: TICK_NAMES[tickUnit],
  };
  const kept = Object.entries(like).filter(([name]) => !isTyped(command, name));
  return { ...typed, ...Object.fromEntries(kept) };
}

/** Whether an option stands on the command line. */
export function isTyped(command: Command, option: string): boolean {
  return command.getOptionValueSource(option) === 'cli';
}
