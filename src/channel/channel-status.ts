/** The state of a channel of any kind at a bounded cost: never reads the whole channel. */
import { type ProcessIdentity, RingwireError } from '../platform/index.js';
import { type ChannelState, stateOfUnreadable, type WriterWord, writerWord } from './channel-state.js';
import { u64 } from './core/arguments.js';
import type { ChannelHeader } from './core/header-layout.js';
import { channelPaths } from './files/channel-path.js';
import { readOwner } from './files/doorbell-file.js';
import { journalStatus } from './journal/journal-report.js';
import { ShmReader } from './log/log-reader.js';
import { type ChannelKind, channelKind } from './open-reader.js';
import type { RingHeader } from './ring/ring-header-layout.js';
import { RingView } from './ring/ring-view.js';

/** Records of a log that are looked at. A log has no counters: its end is only found by walking to it. */
const LOG_LOOK = 4096;

/** What {@link channelStatus} returns. */
export interface ChannelStatus {
  /** The id that was asked for. */
  readonly channelId: bigint;
  /** The file of a log or ring, the folder of a journal. */
  readonly path: string;
  /** Null where the file could not be looked at. */
  readonly kind: ChannelKind | null;
  /**
   * `ended`: no process holds the writer's lock of a log, and the look ended before its records did: it was closed, or
   * its writer died. `scanChannel` reads all of it to find out.
   */
  readonly state: ChannelState | 'ended';
  /** What the kernel's lock says; `unknown` for a file that no writer of ringwire made. */
  readonly writer: WriterWord;
  /** The process that created or last resumed the channel, as it says itself; null where unknown. */
  readonly owner: ProcessIdentity | null;
  /** Null where the channel could not be opened. */
  readonly header: ChannelHeader | RingHeader | null;
  /** Position of the next record, in bytes; null where it is unknown: for a log, beyond the first 4096 records. */
  readonly position: number | null;
  /** Sequence number of the next record: how many were written so far; null where it is unknown. */
  readonly sequence: number | null;
  /** Position of the oldest record that can be read; null where it is unknown. */
  readonly oldestPosition: number | null;
  /** Why the channel could not be opened, or the damage that was met; else null. */
  readonly error: RingwireError | null;
}

/**
 * The state of a channel at this moment: its header, its writer by the lock, its positions by the counters of a ring, the
 * index of a journal, or a look at the first records of a log. Changes nothing, and throws nothing for what is wrong with
 * the channel: `state` and `error` say it.
 * @throws RingwireError `INVALID_ARGUMENT` for an invalid id or root, `UNSUPPORTED_PLATFORM`
 */
export function channelStatus(root: string, channelId: bigint | number): ChannelStatus {
  const { file } = channelPaths(root, channelId);
  const about = { channelId: u64('channelId', channelId), path: file };
  let kind: ChannelKind | null = null;
  try {
    kind = channelKind(root, channelId);
    const look = { log: statusOfLog, ring: statusOfRing, journal: statusOfJournal }[kind];
    return { ...about, kind, ...look(root, channelId) };
  } catch (error) {
    if (!(error instanceof RingwireError) || error.code === 'UNSUPPORTED_PLATFORM') throw error;
    return { ...about, kind, state: stateOfUnreadable(error), ...NOTHING_KNOWN, error };
  }
}

const NOTHING_KNOWN = {
  writer: 'unknown',
  owner: null,
  header: null,
  position: null,
  sequence: null,
  oldestPosition: null,
} as const;

function statusOfLog(root: string, channelId: bigint | number) {
  using reader = ShmReader.open(root, channelId, { timeout: 'never' });
  const { header } = reader;
  // The lock is asked first: a writer that closes during the look is then not taken for one that died.
  const writer = writerWord(reader.writerAlive);
  const owner = readOwner(channelPaths(root, channelId).bell, header);
  let records = 0;
  try {
    records = reader.poll(() => {}, LOG_LOOK);
    // The end after the last record is found by one more look.
    if (records < LOG_LOOK && !reader.isBehind) records += reader.poll(() => {}, 1);
  } catch (error) {
    if (error !== reader.endReason) throw error;
  }
  const { endReason } = reader;
  const known = endReason !== null || (records < LOG_LOOK && !reader.isBehind);
  const error = endReason === null || endReason.code === 'CLOSED' ? null : endReason;
  return {
    ...{ header, writer, owner, error, oldestPosition: 0 },
    state: stateOfLog(endReason, known, writer),
    position: known ? reader.position : null,
    sequence: known ? records : null,
  };
}

function stateOfLog(
  endReason: RingwireError | null,
  known: boolean,
  writer: WriterWord,
): ChannelStatus['state'] {
  if (endReason !== null) return endReason.code === 'CLOSED' ? 'closed' : 'damaged';
  if (writer !== 'dead') return 'alive';
  return known ? 'dead' : 'ended';
}

function statusOfRing(root: string, channelId: bigint | number) {
  using view = RingView.open(root, channelId);
  const { header, writerAlive, owner } = view;
  const { position, sequence, closed } = view.newest();
  const state: ChannelState = closed ? 'closed' : writerAlive === false ? 'dead' : 'alive';
  const writer = writerWord(writerAlive);
  return {
    header,
    state,
    writer,
    owner,
    position,
    sequence,
    oldestPosition: view.oldest().position,
    error: null,
  };
}

function statusOfJournal(root: string, channelId: bigint | number) {
  const { path, header, state, writer, owner, position, nextSequence, oldestPosition, error } = journalStatus(
    root,
    channelId,
  );
  return { path, header, state, writer, owner, position, sequence: nextSequence, oldestPosition, error };
}
