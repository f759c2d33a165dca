/** Errors of the control socket, on both sides. */
import { type ErrorCode, type ErrorDetails, RingwireError } from '../platform/index.js';

/**
 * Codes of a {@link ControlError}.
 *
 * | code | meaning |
 * |---|---|
 * | `BAD_MAGIC`, `BAD_VERSION`, `FRAME_TOO_LONG`, `TRUNCATED_FRAME` | invalid frame; the connection is unusable |
 * | `BAD_BODY` | a body does not decode; no part of it was used |
 * | `BODY_TOO_LONG` | a request body is longer than the server takes |
 * | `UNEXPECTED_REPLY` | type or sequence number of a reply does not match the request |
 * | `NOT_FOUND`, `NOT_RUNNING`, `ALREADY_RUNNING` | the manager's answer about a process |
 * | `NOT_SUPPORTED` | the server does not know this request; published cliwrap servers have no start |
 * | `SHUTTING_DOWN` | the manager takes no more requests |
 * | `REFUSED` | any other error text of the server |
 * | `NO_SERVER` | no process listens at the path |
 * | `ACCESS_DENIED` | the mode or owner of the socket or of its folder does not allow this |
 * | `FOREIGN_PEER` | the process that listens at the path belongs to a user that the client does not trust |
 * | `SEVERAL_MANAGERS` | more than one manager runs, and none was named |
 * | `SERVER_RUNNING` | a server already answers at the path |
 * | `NOT_A_SOCKET` | the path holds something else than a socket |
 * | `PATH_TOO_LONG` | the path does not fit a socket address |
 * | `TIMEOUT`, `CLOSED`, `ABORTED` | the call ended without an answer |
 * | `INVALID_ARGUMENT` | a wrong option or argument |
 */
export type ControlErrorCode = Extract<
  ErrorCode,
  | 'ABORTED'
  | 'ACCESS_DENIED'
  | 'ALREADY_RUNNING'
  | 'BAD_BODY'
  | 'BAD_MAGIC'
  | 'BAD_VERSION'
  | 'BODY_TOO_LONG'
  | 'CLOSED'
  | 'FOREIGN_PEER'
  | 'FRAME_TOO_LONG'
  | 'INVALID_ARGUMENT'
  | 'NOT_A_SOCKET'
  | 'NOT_FOUND'
  | 'NOT_RUNNING'
  | 'NOT_SUPPORTED'
  | 'NO_SERVER'
  | 'PATH_TOO_LONG'
  | 'REFUSED'
  | 'SERVER_RUNNING'
  | 'SEVERAL_MANAGERS'
  | 'SHUTTING_DOWN'
  | 'TIMEOUT'
  | 'TRUNCATED_FRAME'
  | 'UNEXPECTED_REPLY'
>;

/**
 * An error of the control socket. Compare `code`, never the message.
 * @example
 * try {
 *   await client.stop('web');
 * } catch (error) {
 *   if (!(error instanceof ControlError) || error.code !== 'NOT_RUNNING') throw error;
 * }
 */
export class ControlError extends RingwireError {
  /** Always `ControlError`. */
  override readonly name: string = 'ControlError';
  /** What went wrong; the table of {@link ControlErrorCode} lists the values. */
  declare readonly code: ControlErrorCode;

  /**
   * @param message for people
   * @param details fields that the error carries, such as `cause` and `path`
   */
  constructor(code: ControlErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
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
