/** States of a channel as words. */
import type { RingwireError } from '../platform/index.js';

/**
 * - `alive`: open, and a process holds the writer's lock; or open, for a file without such a lock.
 * - `late`: alive, but silent for longer than the channel's timeout. Only an observation can find this state.
 * - `dead`: open, and no process holds the lock: the writer died. It may be resumed or recovered.
 * - `closed`: the writer closed it.
 * - `not-ready`: its creation has not finished, or its creator died.
 * - `damaged`: its content is invalid; the records before the damage can be read.
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

/** State of the writer by its lock. `unknown`: the file has no lock. */
export type WriterWord = 'alive' | 'dead' | 'unknown';

/** Returns the word for the state of a writer's lock. */
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

/** Returns the state of a channel that could not be opened. */
export function stateOfUnreadable(error: RingwireError | null): ChannelState {
  if (error === null) return 'unreadable';
  if (error.code === 'STORAGE_NOT_READY') return 'not-ready';
  if (error.code === 'STORAGE_NOT_FOUND') return 'missing';
  return DAMAGE.has(error.code) ? 'damaged' : 'unreadable';
}
