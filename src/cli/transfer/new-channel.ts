/** The options of a channel to write to, and the writer they mean: of a log, a ring or a journal. */
import { type Command, Option } from 'commander';
import {
  type ChannelHeader,
  channelKind,
  isRingHeader,
  JournalWriter,
  type RingHeader,
  type RingPolicy,
  RingWriter,
  ShmWriter,
  type StuckReaderPolicy,
  TickUnit,
} from '../../channel/index.js';
import { printNote } from '../print.js';
import { type Duration, durationOption, nanosToMillis, sizeOption, u64Option } from '../quantities.js';
import { size } from '../rendering/quantities.js';

const TICKS = {
  nanos: TickUnit.Nanos,
  micros: TickUnit.Micros,
  millis: TickUnit.Millis,
  secs: TickUnit.Secs,
} as const;
const TICK_NAMES = { 9: 'nanos', 6: 'micros', 3: 'millis', 0: 'secs' } as const;
const FOREVER = 0xffff_ffff_ffff_ffffn;
const MEBIBYTE = 1024 * 1024;
const LARGEST_RING = 1024 * MEBIBYTE;
const LONGEST_POSSIBLE = 0xffff_ffff;
const LONGEST_STUCK_MILLIS = 0xffff_ffff;

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

/** Options that only a ring has, by the name they are typed with. */
const RING_ONLY: Readonly<Record<string, string>> = {
  policy: '--policy',
  stuckReader: '--stuck-reader',
  stuckAfter: '--stuck-after',
  close: '--close',
};

/** Options that only a journal has. */
const JOURNAL_ONLY: Readonly<Record<string, string>> = { retain: '--retain', retainFor: '--retain-for' };

export type ChannelWriter = ShmWriter | RingWriter | JournalWriter;

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

/** @throws RingwireError what creating or resuming a channel throws */
export function openWriter(
  root: string,
  channelId: bigint,
  options: NewChannelOptions,
  command: Command,
): ChannelWriter {
  const there = options.resume ? channelKind(root, channelId) : null;
  if (there === 'ring') return RingWriter.resume(root, channelId);
  if (!options.journal && there !== 'journal') refuse(command, JOURNAL_ONLY, '--journal');
  if (options.journal || there === 'journal') {
    if (options.ring) command.error("error: '--journal' and '--ring' exclude each other");
    refuse(command, RING_ONLY, '--ring');
    return openJournal(root, channelId, options);
  }
  if (!options.ring) {
    refuse(command, RING_ONLY, '--ring');
    return options.resume ? ShmWriter.resume(root, channelId) : createLog(root, channelId, options);
  }
  const writer = RingWriter.open(root, ringOptions(channelId, options));
  noteDifferences(writer, options, command);
  return writer;
}

function refuse(command: Command, options: Readonly<Record<string, string>>, needed: string): void {
  for (const [name, flag] of Object.entries(options)) {
    if (isTyped(command, name)) command.error(`error: '${flag}' needs '${needed}'`);
  }
}

function openJournal(root: string, channelId: bigint, options: NewChannelOptions): JournalWriter {
  const { retain, retainFor } = options;
  const maxAgeMs = retainFor === undefined ? undefined : nanosToMillis(retainFor);
  return JournalWriter.open(root, {
    ...commonOptions(channelId, options),
    maxMessageLength: options.maxMessageLength ?? LONGEST_POSSIBLE,
    retention: {
      ...(retain === undefined ? {} : { maxBytes: retain }),
      ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    },
  });
}

/** Closes a log or journal. A ring stays open for its next writer, unless it is to be closed. */
export function release(writer: ChannelWriter, close: boolean): void {
  if (writer instanceof RingWriter && !close) {
    try {
      writer.flush();
    } finally {
      writer.detach();
    }
  } else writer.close();
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

function createLog(root: string, channelId: bigint, options: NewChannelOptions): ShmWriter {
  return ShmWriter.create(root, {
    ...commonOptions(channelId, options),
    maxMessageLength: options.maxMessageLength ?? LONGEST_POSSIBLE,
    profile: options.profile,
  });
}

function ringOptions(channelId: bigint, options: NewChannelOptions) {
  const { capacity, maxMessageLength, policy, stuckReader, stuckAfter } = options;
  return {
    ...commonOptions(channelId, options),
    // An eighth of the capacity less the header of a record.
    maxMessageLength: maxMessageLength ?? Math.max(8, Math.floor(capacity / 64) * 8 - 8),
    policy,
    stuckReader,
    stuckAfterMs: Math.min(nanosToMillis(stuckAfter) ?? LONGEST_STUCK_MILLIS, LONGEST_STUCK_MILLIS),
  };
}

function commonOptions(channelId: bigint, { writerId, capacity, timeout, tick }: NewChannelOptions) {
  const tickUnit = TICKS[tick];
  return {
    channelId,
    writerId: writerId ?? process.pid,
    capacity,
    timeout: timeout === 'never' ? FOREVER : timeout / 10n ** BigInt(9 - tickUnit),
    tickUnit,
  };
}

/** A ring that exists keeps its shape; the note says so when another one was asked for. */
function noteDifferences({ header }: RingWriter, options: NewChannelOptions, command: Command): void {
  const differs =
    (isTyped(command, 'policy') && header.policy !== options.policy) ||
    (isTyped(command, 'capacity') && header.capacity < options.capacity);
  if (differs) {
    printNote(
      `channel ${header.channelId} keeps the shape it was created with: ${header.policy}, ${size(header.capacity)}`,
    );
  }
}

/** Whether an option stands on the command line. */
export function isTyped(command: Command, option: string): boolean {
  return command.getOptionValueSource(option) === 'cli';
}
