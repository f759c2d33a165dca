/** Checks of messages that a publication refuses. */
import { RingwireError } from '../../../platform/index.js';

/** The error of a message that is too long. */
export function messageTooLong(length: number, maxAllowed: number): RingwireError {
  return new RingwireError(
    'MAX_RECORD_LENGTH_EXCEEDED',
    `a message of ${length} bytes is longer than the ${maxAllowed} bytes this publication takes`,
    { recordLength: length, maxAllowed },
  );
}

/** The parts of a message as one buffer. @throws RingwireError `INVALID_ARGUMENT` */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (Array.isArray(parts) && parts.every((part) => part instanceof Uint8Array)) return Buffer.concat(parts);
  throw new RingwireError('INVALID_ARGUMENT', 'a message must be a Uint8Array or an array of them');
}
