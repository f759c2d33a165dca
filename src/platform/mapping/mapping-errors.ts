import { RingwireError } from '../ringwire-error.js';

export function flushFailed(reason: string): RingwireError {
  return new RingwireError('FLUSH_FAILED', `the operating system could not write the file back: ${reason}`, {
    reason,
  });
}
