/** The writer of a channel: of a log, a ring or a journal, created or resumed. */
import type { Command } from 'commander';
import {
  channelKind,
  existingJournal,
  JournalWriter,
  RingWriter,
  resumeOrCreateRing,
  ShmWriter,
} from '../../channel/index.js';
import { type ChannelAddress, identityOf } from '../channel-argument.js';
import { printNote } from '../print.js';
import { nanosToMillis } from '../quantities.js';
import { size } from '../rendering/quantities.js';
import { FOREVER, isTyped, type NewChannelOptions, TICKS } from './new-channel-options.js';

const LONGEST_STUCK_MILLIS = 0xffff_ffff;

/** Options that only a ring has, by their property name. */
const RING_ONLY: Readonly<Record<string, string>> = {
  policy: '--policy',
  stuckReader: '--stuck-reader',
  stuckAfter: '--stuck-after',
  close: '--close',
};

/** Options that only a journal has. */
const JOURNAL_ONLY: Readonly<Record<string, string>> = { retain: '--retain', retainFor: '--retain-for' };

/** The id or the name of a channel. */
type Key = ChannelAddress['key'];

/** The writer of any kind of channel. */
export type ChannelWriter = ShmWriter | RingWriter | JournalWriter;

/** Creates or resumes the channel. @throws RingwireError as creating and resuming a channel do */
export function openWriter(
  { root, key }: ChannelAddress,
  options: NewChannelOptions,
  command: Command,
): ChannelWriter {
  const there = options.resume ? channelKind(root, key) : null;
  if (there === 'ring') return RingWriter.resume(root, key);
  if (!options.journal && there !== 'journal') refuse(command, JOURNAL_ONLY, '--journal');
  if (options.journal || there === 'journal') {
    if (options.ring) command.error("error: '--journal' and '--ring' exclude each other");
    refuse(command, RING_ONLY, '--ring');
    return openJournal(root, key, options, command);
  }
  if (!options.ring) {
    refuse(command, RING_ONLY, '--ring');
    return options.resume ? ShmWriter.resume(root, key) : createLog(root, key, options);
  }
  const writer = resumeOrCreateRing(root, ringOptions(key, options));
  noteDifferences(writer, options, command);
  return writer;
}

function refuse(command: Command, options: Readonly<Record<string, string>>, needed: string): void {
  for (const [name, flag] of Object.entries(options)) {
    if (isTyped(command, name)) command.error(`error: '${flag}' needs '${needed}'`);
  }
}

/** A journal that exists is continued with the options of its header; its retention is that of each writer. */
function openJournal(root: string, key: Key, options: NewChannelOptions, command: Command): JournalWriter {
  const { retain, retainFor } = options;
  const maxAgeMs = retainFor === undefined ? undefined : nanosToMillis(retainFor);
  const retention = {
    ...(retain === undefined ? {} : { maxBytes: retain }),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
  };
  if (existingJournal(root, identityOf(key)) !== null) {
    const writer = JournalWriter.resume(root, key, { retention });
    const { capacity } = writer.header;
    if (isTyped(command, 'capacity') && capacity !== options.capacity) {
      printNote(`journal ${key} keeps the segments it was created with: ${size(capacity)}`);
    }
    return writer;
  }
  return JournalWriter.open(root, {
    ...commonOptions(key, options),
    retention,
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

function createLog(root: string, key: Key, options: NewChannelOptions): ShmWriter {
  return ShmWriter.create(root, {
    ...commonOptions(key, options),
    profile: options.profile,
  });
}

function ringOptions(key: Key, options: NewChannelOptions) {
  const { policy, stuckReader, stuckAfter } = options;
  return {
    ...commonOptions(key, options),
    policy,
    stuckReader,
    stuckAfterMs: Math.min(nanosToMillis(stuckAfter) ?? LONGEST_STUCK_MILLIS, LONGEST_STUCK_MILLIS),
  };
}

/** An omitted option has the default of the library. */
function commonOptions(key: Key, { writerId, capacity, maxMessageLength, timeout, tick }: NewChannelOptions) {
  const tickUnit = TICKS[tick];
  return {
    ...identityOf(key),
    ...(writerId === undefined ? {} : { writerId }),
    ...(maxMessageLength === undefined ? {} : { maxMessageLength }),
    capacity,
    timeout: timeout === 'never' ? FOREVER : ticksOf(timeout, 10n ** BigInt(9 - tickUnit)),
    tickUnit,
  };
}

/** Prints a note when an existing ring differs from the options: it keeps its capacity and policy. */
function noteDifferences({ header }: RingWriter, options: NewChannelOptions, command: Command): void {
  const differs =
    (isTyped(command, 'policy') && header.policy !== options.policy) ||
    (isTyped(command, 'capacity') && header.capacity < options.capacity);
  if (differs) {
    printNote(
      `channel ${header.channelId} exists and keeps its policy and capacity: ${header.policy}, ${size(header.capacity)}`,
    );
  }
}

/** Whole ticks, rounded up, so that a timeout below one tick does not become 0. */
function ticksOf(nanos: bigint, tick: bigint): bigint {
  return (nanos + tick - 1n) / tick;
}
