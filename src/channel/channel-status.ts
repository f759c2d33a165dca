/** The state of a channel of any kind at a bounded cost: never reads the whole channel. */
import { isMachineFault, type ProcessIdentity, RingwireError } from '../platform/index.js';
import { type ChannelState, stateOfUnreadable, type WriterWord, writerWord } from './channel-state.js';
import type { ChannelHeader } from './core/header-layout.js';
import { type ChannelKey, channelIdOf } from './files/channel-names.js';
import { channelPaths } from './files/channel-path.js';
import { readOwner } from './files/doorbell-file.js';
import { journalStatus } from './journal/journal-report.js';
import { ShmReader } from './log/log-reader.js';
import { type ChannelKind, channelKind } from './open-reader.js';
import type { RingHeader } from './ring/ring-header-layout.js';
import { RingView } from './ring/ring-view.js';

/** Maximum number of records of a log to read. A log has no counters, so that only a scan finds its end. */
const LOG_LOOK = 4096;

/** The result of {@link channelStatus}. */
export interface ChannelStatus {
  /** The requested id. */
  readonly channelId: bigint;
  /** The file of a log or ring, the folder of a journal. */
  readonly path: string;
  /** Kind of the channel; null if the file could not be read. */
  readonly kind: ChannelKind | null;
  /**
   * State of the channel. `ended`: no process holds the writer's lock of a log, and its records continue after the
   * first 4096: the writer closed it or died. `scanChannel` reads all records to decide.
   */
  readonly state: ChannelState | 'ended';
  /** State of the writer by its lock; `unknown` for a file without one, as a file of kekbit. */
  readonly writer: WriterWord;
  /** The process that created or last resumed the channel, by its own record; null if unknown. */
  readonly owner: ProcessIdentity | null;
  /** The header; null if the channel could not be opened. */
  readonly header: ChannelHeader | RingHeader | null;
  /** Position of the next record, in bytes; null if unknown, as for a log of more than 4096 records. */
  readonly position: number | null;
  /** Sequence number of the next record, which is the number of records written; null if unknown. */
  readonly sequence: number | null;
  /** Position of the oldest readable record, in bytes; null if unknown. */
  readonly oldestPosition: number | null;
  /** Why the channel could not be opened, or the damage found; otherwise null. */
  readonly error: RingwireError | null;
}

/**
 * Returns the current state of a channel: its header, the state of its writer by the lock, and its positions. They
 * come from the counters of a ring, the index of a journal, or the first records of a log. Changes nothing. An
 * invalid channel does not throw: `state` and `error` describe it.
 * @throws RingwireError `INVALID_ARGUMENT` for an invalid id, name or root, `STORAGE_NOT_FOUND` for an unknown name,
 * `UNSUPPORTED_PLATFORM` or `NATIVE_MODULE_MISSING`
 */
export function channelStatus(root: string, channel: ChannelKey): ChannelStatus {
  const channelId = channelIdOf(root, channel);
  const about = { channelId, path: channelPaths(root, channelId).file };
  let kind: ChannelKind | null = null;
  try {
    kind = channelKind(root, channelId);
    const look = { log: statusOfLog, ring: statusOfRing, journal: statusOfJournal }[kind];
    return { ...about, kind, ...look(root, channelId) };
  } catch (error) {
    if (!(error instanceof RingwireError) || isMachineFault(error)) throw error;
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

function statusOfLog(root: string, channelId: bigint) {
  using reader = ShmReader.open(root, channelId, { timeout: 'never' });
  const { header } = reader;
  // The lock is checked first: otherwise a writer that closes meanwhile would count as dead.
  const writer = writerWord(reader.writerAlive);
  const owner = readOwner(channelPaths(root, channelId).bell, header);
  let records = 0;
  try {
    records = reader.poll(() => {}, LOG_LOOK);
    // One more poll finds the end after the last record.
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

function statusOfRing(root: string, channelId: bigint) {
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

function statusOfJournal(root: string, channelId: bigint) {
  const { path, header, state, writer, owner, position, nextSequence, oldestPosition, error } = journalStatus(
    root,
    channelId,
  );
  return { path, header, state, writer, owner, position, sequence: nextSequence, oldestPosition, error };
}
