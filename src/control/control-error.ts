/** The one error class of the control room: it imports nothing of ours, so it has its own. */

/**
 * Compare the code, never the message.
 *
 * | code | meaning |
 * |---|---|
 * | `BAD_MAGIC`, `BAD_VERSION`, `FRAME_TOO_LONG`, `TRUNCATED_FRAME` | the bytes are no frame; the connection is lost |
 * | `BAD_BODY` | a body does not decode; nothing of it was used |
 * | `BODY_TOO_LONG` | a request body is longer than the server takes |
 * | `UNEXPECTED_REPLY` | type or sequence number of a reply does not fit the request |
 * | `NOT_FOUND`, `NOT_RUNNING`, `ALREADY_RUNNING` | the manager's answer about a process |
 * | `NOT_SUPPORTED` | the server does not know this request; published cliwrap servers have no start |
 * | `SHUTTING_DOWN` | the manager takes no more requests |
 * | `REFUSED` | any other error text of the server |
 * | `NO_SERVER` | nothing listens at the path |
 * | `ACCESS_DENIED` | the file mode of the socket or of its folder keeps us out |
 * | `SERVER_RUNNING` | a server already answers at the path |
 * | `NOT_A_SOCKET` | something that is no socket lies at the path |
 * | `PATH_TOO_LONG` | the path does not fit a socket address |
 * | `TIMEOUT`, `CLOSED`, `ABORTED` | the call ended without an answer |
 * | `LAGGED` | a stream was cut because its reader was too slow |
 * | `INVALID_ARGUMENT` | a wrong option or argument |
 */
export type ControlErrorCode =
  | 'ABORTED'
  | 'ACCESS_DENIED'
  | 'ALREADY_RUNNING'
  | 'BAD_BODY'
  | 'BAD_MAGIC'
  | 'BAD_VERSION'
  | 'BODY_TOO_LONG'
  | 'CLOSED'
  | 'FRAME_TOO_LONG'
  | 'INVALID_ARGUMENT'
  | 'LAGGED'
  | 'NOT_A_SOCKET'
  | 'NOT_FOUND'
  | 'NOT_RUNNING'
  | 'NOT_SUPPORTED'
  | 'NO_SERVER'
  | 'PATH_TOO_LONG'
  | 'REFUSED'
  | 'SERVER_RUNNING'
  | 'SHUTTING_DOWN'
  | 'TIMEOUT'
  | 'TRUNCATED_FRAME'
  | 'UNEXPECTED_REPLY';

export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The error texts of cliwrap that stand for a code, as they travel in the key `err`. */
const TEXTS: readonly (readonly [ControlErrorCode, string])[] = [
  ['NOT_FOUND', 'cliwrap: process not found'],
  ['NOT_RUNNING', 'cliwrap: process not running'],
  ['ALREADY_RUNNING', 'cliwrap: process already running'],
  ['SHUTTING_DOWN', 'cliwrap: manager is shutting down'],
  ['SHUTTING_DOWN', 'cliwrap: manager is closed'],
];

/** An error with the exact text that cliwrap puts on the wire for it. */
export function refusal(
  code: 'NOT_FOUND' | 'NOT_RUNNING' | 'ALREADY_RUNNING' | 'SHUTTING_DOWN',
): ControlError {
  const text = TEXTS.find((entry) => entry[0] === code)?.[1] ?? code;
  return new ControlError(code, text);
}

/** The error that the text in a reply's `err` stands for. */
export function errorFromText(text: string): ControlError {
  const code = TEXTS.find((entry) => entry[1] === text)?.[0];
  if (code !== undefined) return new ControlError(code, text);
  return new ControlError(text.startsWith('unknown request type ') ? 'NOT_SUPPORTED' : 'REFUSED', text);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of an error of the operating system (`'ENOENT'`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
