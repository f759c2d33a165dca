/** What an error of the client of NATS means to a relay: try again, or end with an error that says what to do. */
import { RingwireError } from '../../platform/index.js';
import { TransientFault } from '../transient-fault.js';

/** Error codes of the JetStream API, `err_code`. */
export const ApiError = {
  StreamNotFound: 10059,
  WrongLastSequence: 10071,
  WrongLastMessageId: 10070,
  MessageTooLarge: 10054,
  StoreFailed: 10077,
  WrongStream: 10060,
  ConsumerNotFound: 10014,
  MessageNotFound: 10037,
} as const;

const DENIED = new Set(['AuthorizationError', 'UserAuthenticationExpiredError', 'PermissionViolationError']);
const CERTIFICATE = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_|ERR_TLS|ERR_SSL|ERR_OSSL/;
const TLS_REQUIRED = /tls/i;

/** A terminal error as a `RingwireError`; anything else as a {@link TransientFault}. */
export function classify(error: unknown): RingwireError | TransientFault {
  if (error instanceof RingwireError || error instanceof TransientFault) return error;
  for (const each of causes(error)) {
    if (DENIED.has(each.name)) {
      return denied(
        `the server refused this relay: ${each.message}; check its credentials and permissions`,
        error,
      );
    }
    if (CERTIFICATE.test(String((each as { code?: unknown }).code ?? ''))) {
      return denied(
        `no trusted TLS connection: ${each.message}; check the certificates and tls.caFile`,
        error,
      );
    }
    if (each.name === 'JetStreamNotEnabled') {
      return new RingwireError(
        'NOT_SUPPORTED',
        'JetStream is not enabled: start the server with "nats-server -js"',
        {
          cause: error,
        },
      );
    }
    if (each.name === 'ConnectionError' && TLS_REQUIRED.test(each.message)) {
      return denied(`the server and this relay disagree about TLS: ${each.message}`, error);
    }
  }
  return new TransientFault(messageOf(error), { cause: error });
}

/** The `err_code` of an error of the JetStream API, or null. */
export function apiErrorCode(error: unknown): number | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : null;
}

/** Whether the client refused a message that is longer than the server takes. The client has no class for it. */
export function exceedsMaxPayload(error: unknown): boolean {
  return error instanceof Error && error.message.includes('max_payload');
}

/** The error for a record above a limit. `maxAllowed`: the limit in bytes; 0: unknown. */
export function recordTooLong(
  sequence: number,
  recordLength: number,
  maxAllowed: number,
  limit: string,
): RingwireError {
  return new RingwireError(
    'MAX_RECORD_LENGTH_EXCEEDED',
    `record ${sequence} has ${recordLength} bytes, more with its headers, above the ${limit}${maxAllowed > 0 ? `, ${maxAllowed}` : ''}: raise that limit, or split the records`,
    { recordLength, ...(maxAllowed > 0 ? { maxAllowed } : {}) },
  );
}

function denied(message: string, cause: unknown): RingwireError {
  return new RingwireError('ACCESS_DENIED', message, { cause });
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let each = error; each instanceof Error && found.length < 8; each = each.cause) found.push(each);
  return found;
}

function messageOf(error: unknown): string {
  const messages = causes(error)
    .map(({ message }) => message)
    .filter((message) => message !== '');
  return messages.at(-1) ?? 'the connection to the server failed';
}
