/**
 * Finds the end of a ring whose writer died or detached. The successor holds the writer's lock and calls it. It
 * changes nothing: a second run returns the same.
 *
 * INV-RING-07: a successor continues right after the last published unit.
 */
import { RingwireError } from '../../platform/index.js';
import type { RingCheckpoints } from './ring-checkpoints.js';
import type { RingHeader } from './ring-header-layout.js';
import {
  CLOSE_MARK,
  EMPTY,
  EPOCH_MARK,
  HEARTBEAT_MARK,
  PADDING,
  RING_WORD,
  ringRecordSize,
} from './ring-record-layout.js';

/** The end of a ring. */
export interface RingTail {
  /** Position of the next record, in bytes. */
  readonly position: number;
  /** Sequence number of the next record. */
  readonly sequence: number;
  /** Whether the ring has a close marker. */
  readonly closed: boolean;
}

/**
 * Reads from the newest checkpoint to the end of the published units. `halves` covers the data area.
 * @throws RingwireError `CORRUPT_CHANNEL` without a checkpoint, or for a word that no writer stores
 */
export function findTail(
  halves: Int32Array,
  checkpoints: RingCheckpoints,
  { capacity, maxMessageLength }: RingHeader,
  path: string,
): RingTail {
  const start = checkpoints.newest() ?? { position: 0, sequence: 0, epoch: 0 };
  let { position, sequence } = start;
  while (position - start.position <= capacity) {
    const offset = position % capacity;
    const at = offset / 4;
    const word = Atomics.load(halves, at);
    if (word === EMPTY) return { position, sequence, closed: false };
    if (halves[at + 1] !== (sequence | 0)) break;
    if (word === CLOSE_MARK) return { position, sequence, closed: true };
    if (word === PADDING) position += capacity - offset;
    else if (word === HEARTBEAT_MARK || word === EPOCH_MARK) position += RING_WORD;
    else if (word > 0 && word <= maxMessageLength && offset + ringRecordSize(word) <= capacity) {
      position += ringRecordSize(word);
      sequence++;
    } else break;
  }
  throw new RingwireError(
    'CORRUPT_CHANNEL',
    `${path} is damaged at position ${position}: no writer can resume it; start a new ring`,
    { path, position },
  );
}
