import { RingwireError } from '../ringwire-error.js';

/** `FLUSH_FAILED`; `reason`: the error of the operating system. */
export function flushFailed(reason: string): RingwireError {
  return new RingwireError('FLUSH_FAILED', `the operating system could not write the file back: ${reason}`, {
    reason,
  });
}
