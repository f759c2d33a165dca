/** The words for the state of a channel. */
import type { RingwireError } from '../platform/index.js';

/**
 * - `alive`: open, and a process holds the writer's lock; or, for a file without such a lock, open.
 * - `late`: alive, but silent for longer than the channel's timeout. Only an observation can find this.
 * - `dead`: open, and no process holds the lock: the writer died. It may be resumed or recovered.
 * - `closed`: the writer closed it.
 * - `not-ready`: it is being created, or its creator died.
 * - `damaged`: its content is not that of a sound channel; the records before the damage can be read.
 * - `missing`, `unreadable`: the channel does not exist, or cannot be opened here.
 */
export type ChannelState =
  | 'alive'
  | 'late'
  | 'dead'
  | 'closed'
  | 'not-ready'
  | 'damaged'
  | 'missing'
  | 'unreadable';

/** What the writer's lock says, as a word. */
export type WriterWord = 'alive' | 'dead' | 'unknown';

/** The word for the answer of a writer's lock. */
export function writerWord(alive: boolean | null): WriterWord {
  if (alive === null) return 'unknown';
  return alive ? 'alive' : 'dead';
}

const DAMAGE = new Set([
  'STORAGE_TRUNCATED',
  'INVALID_SIGNATURE',
  'INVALID_CAPACITY',
  'INVALID_MAX_MESSAGE_LENGTH',
  'INVALID_TICK_UNIT',
  'CORRUPT_CHANNEL',
]);

/** The state of a channel that could not be opened. */
export function stateOfUnreadable(error: RingwireError | null): ChannelState {
  if (error === null) return 'unreadable';
  if (error.code === 'STORAGE_NOT_READY') return 'not-ready';
  if (error.code === 'STORAGE_NOT_FOUND') return 'missing';
  return DAMAGE.has(error.code) ? 'damaged' : 'unreadable';
}
