/** Errors of readers of every kind. */
import { RingwireError } from '../../platform/index.js';

/** Error of every call on a closed reader. */
export function closedReader(path: string): RingwireError {
  return new RingwireError('CLOSED', `this reader of ${path} is closed`, { path });
}

/** End reason of a channel that its writer closed. `position`: position of the end in bytes. */
export function closedByWriter(path: string, position: number): RingwireError {
  return new RingwireError('CLOSED', `the writer closed ${path}`, { path, position });
}

/** Error of `moveTo`. `unavailable`: why this kind of channel does not have an aligned position. */
export function invalidPosition(
  path: string,
  reason: 'Unaligned' | 'Unavailable',
  position: number,
  unavailable: string,
): RingwireError {
  const why = reason === 'Unaligned' ? 'no record starts there' : unavailable;
  return new RingwireError('INVALID_POSITION', `cannot move to position ${position}: ${why}`, {
    path,
    position,
    reason,
  });
}

/** Error of `moveToSequence` of a ring. */
export function invalidSequence(path: string, sequence: number): RingwireError {
  return new RingwireError(
    'INVALID_POSITION',
    `cannot move to sequence number ${sequence} of ${path}: the ring no longer holds it, or does not hold it yet`,
    { path, reason: 'Unavailable' },
  );
}
