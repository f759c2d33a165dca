/** The errors that readers of every kind give, with what to do. */
import { RingwireError } from '../../platform/index.js';

/** The error of every call on a closed reader. */
export function closedReader(path: string): RingwireError {
  return new RingwireError('CLOSED', `this reader of ${path} is closed`, { path });
}

/** The end of a channel that its writer closed. `position`: of the end, in bytes. */
export function closedByWriter(path: string, position: number): RingwireError {
  return new RingwireError('CLOSED', `the writer closed ${path}`, { path, position });
}

/** `unavailable`: why this kind of channel does not have the position, if it is a position at all. */
export function invalidPosition(
  path: string,
  reason: 'Unaligned' | 'Unavailable',
  position: number,
  unavailable: string,
): RingwireError {
  const why = reason === 'Unaligned' ? 'no record begins there' : unavailable;
  return new RingwireError('INVALID_POSITION', `cannot move to position ${position}: ${why}`, {
    path,
    position,
    reason,
  });
}
