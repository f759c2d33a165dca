/** What an error of Redis means to a relay: try again, or end with an error that says what to do. */
import { RingwireError } from '../../platform/index.js';
import { TransientFault } from '../transient-fault.js';

const DENIED = /^(?:WRONGPASS|NOAUTH|NOPERM)\b|without any password configured/;
const CERTIFICATE = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_|ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO/;
const WRONG_TYPE = /^WRONGTYPE\b/;
const FULL = /^OOM\b/;

/** A terminal error as a `RingwireError`; anything else as a {@link TransientFault}. */
export function classify(error: unknown): RingwireError | TransientFault {
  if (error instanceof RingwireError || error instanceof TransientFault) return error;
  for (const { message, code } of errorsIn(error)) {
    if (DENIED.test(message)) {
      return new RingwireError(
        'ACCESS_DENIED',
        `the server refused this relay: ${message}; check its user, password and permissions`,
      );
    }
    if (CERTIFICATE.test(code)) {
      return new RingwireError('ACCESS_DENIED', `no trusted TLS connection: ${message}; check caFile`);
    }
    if (WRONG_TYPE.test(message)) {
      return new RingwireError('INVALID_ARGUMENT', 'the key is not a stream: use another name');
    }
    if (FULL.test(message)) return new TransientFault(`the memory of the server is full: ${message}`);
  }
  const [first] = errorsIn(error);
  return new TransientFault(first?.message || 'the connection to the server failed');
}

/** The error, and those of the commands of a refused transaction. Their fields beside the text may hold records. */
function errorsIn(error: unknown): { message: string; code: string }[] {
  if (!(error instanceof Error)) return [];
  const { previousErrors = [], code } = error as { previousErrors?: readonly Error[]; code?: unknown };
  return [{ message: error.message, code: String(code ?? '') }, ...previousErrors.flatMap(errorsIn)];
}
