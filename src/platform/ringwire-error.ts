/**
 * Every code an error of ringwire can carry. `docs/errors.md` says for each what happened and what to do,
 * and gives the name the original kekbit uses. A subclass declares `code` as the part of this union that it uses.
 */
export type ErrorCode =
  | 'ABORTED'
  | 'ACCESS_DENIED'
  | 'AERON_ERROR'
  | 'ADDRESS_IN_USE'
  | 'ALREADY_RUNNING'
  | 'BAD_BODY'
  | 'BAD_MAGIC'
  | 'BAD_VERSION'
  | 'BODY_TOO_LONG'
  | 'BACK_PRESSURED'
  | 'CURSOR_IN_USE'
  | 'DUPLICATE_RECEIVER'
  | 'DUPLICATE_ID'
  | 'FOREIGN_PEER'
  | 'FRAME_TOO_LONG'
  | 'IN_USE'
  | 'INVALID_CONFIGURATION'
  | 'INVALID_SPECIFICATION'
  | 'MANAGER_RUNNING'
  | 'NO_SERVER'
  | 'NOT_A_SOCKET'
  | 'NOT_FOUND'
  | 'NOT_RUNNING'
  | 'NOT_SUPPORTED'
  | 'PATH_TOO_LONG'
  | 'REFUSED'
  | 'SERVER_RUNNING'
  | 'SHUTTING_DOWN'
  | 'TRUNCATED_FRAME'
  | 'UNEXPECTED_REPLY'
  | 'NO_READER_SLOT'
  | 'WRITERS_CONTEND'
  | 'CHANNEL_FULL'
  | 'CHECKSUM_MISMATCH'
  | 'CLAIM_PENDING'
  | 'CLOSED'
  | 'CODEC_UNAVAILABLE'
  | 'CORRUPT_CHANNEL'
  | 'COULD_NOT_ACCESS_SOCKET'
  | 'COULD_NOT_ACCESS_STORAGE'
  | 'DECODING_ERROR'
  | 'ENCODING_ERROR'
  | 'INCOMPATIBLE_VERSION'
  | 'INVALID_ARGUMENT'
  | 'INVALID_CAPACITY'
  | 'INVALID_FRAME'
  | 'INVALID_KEY'
  | 'INVALID_MAX_MESSAGE_LENGTH'
  | 'INVALID_POSITION'
  | 'INVALID_SIGNATURE'
  | 'INVALID_TICK_UNIT'
  | 'MAX_RECORD_LENGTH_EXCEEDED'
  | 'MEMORY_MAPPING_FAILED'
  | 'EVICTED'
  | 'FLUSH_FAILED'
  | 'NO_CLAIM'
  | 'NO_OBSERVER'
  | 'NO_SPACE'
  | 'NONCE_NOT_SHARED'
  | 'STORAGE_ALREADY_EXISTS'
  | 'STORAGE_NOT_FOUND'
  | 'STORAGE_NOT_READY'
  | 'STORAGE_TRUNCATED'
  | 'TIMEOUT'
  | 'UNSUPPORTED_PLATFORM'
  | 'WRITER_EXISTS';

/** What an error may carry beside its code and message. Lengths and positions are in bytes. */
export interface ErrorDetails {
  /** The file concerned. */
  readonly path?: string;
  /** The error of the operating system or of user code that caused this one. */
  readonly cause?: unknown;
  /** Why, in a word or a short sentence. */
  readonly reason?: string;
  /** Position in the data area, in bytes. */
  readonly position?: number;
  /** Bytes a read had consumed before it met the error. */
  readonly bytesRead?: number;
  /** What the format requires and what the file holds. */
  readonly expected?: bigint;
  readonly actual?: bigint;
  /** The word found at a record position, as an unsigned 64-bit number. */
  readonly word?: bigint;
  readonly capacity?: number;
  readonly messageLength?: number;
  readonly tickUnitId?: number;
  /** Length of a file, and the length it would need, in bytes. */
  readonly length?: number;
  readonly needed?: number;
  /** Bytes a record takes in the channel, and the bytes that are left. */
  readonly required?: number;
  readonly left?: number;
  /** Bytes of a record, and the largest number of bytes the channel takes. */
  readonly recordLength?: number;
  readonly maxAllowed?: number;
  /** When a timeout expired: Unix time in ticks of the channel. */
  readonly expiration?: bigint;
  /** The writer's lock at a timeout: held (`late`), free (`dead`), or not testable. */
  readonly writer?: 'late' | 'dead' | 'unknown';
  /** Present and true when the timeout has ended the channel for this reader, whatever the writer does. */
  readonly final?: boolean;
}

/**
 * The base class of all errors of ringwire: compare `code`, never the message.
 * Fields of {@link ErrorDetails} are present where they make sense for the code.
 */
export class RingwireError extends Error {
  override readonly name: string = 'RingwireError';
  readonly code: ErrorCode;
  declare readonly path?: string;
  declare readonly reason?: string;
  declare readonly position?: number;
  declare readonly bytesRead?: number;
  declare readonly expected?: bigint;
  declare readonly actual?: bigint;
  declare readonly word?: bigint;
  declare readonly capacity?: number;
  declare readonly messageLength?: number;
  declare readonly tickUnitId?: number;
  declare readonly length?: number;
  declare readonly needed?: number;
  declare readonly required?: number;
  declare readonly left?: number;
  declare readonly recordLength?: number;
  declare readonly maxAllowed?: number;
  declare readonly expiration?: bigint;
  declare readonly writer?: 'late' | 'dead' | 'unknown';
  declare readonly final?: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause, ...fields } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, fields);
  }
}

/** The `code` of an error of the operating system (`'ENOENT'`), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The text of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error for a path that the operating system would not open, create or change. */
export function couldNotAccess(path: string, error: unknown): RingwireError {
  const reason = reasonOf(error);
  return new RingwireError('COULD_NOT_ACCESS_STORAGE', `cannot access ${path}: ${reason}`, {
    path,
    reason,
    cause: error,
  });
}
