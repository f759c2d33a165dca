/**
 * The codes of all errors of ringwire. `docs/errors.md` describes the cause and the action for each code, and its name in
 * kekbit. A subclass declares `code` as the part of this union that it uses.
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
  | 'ENGINE_UNAVAILABLE'
  | 'EXPORTER_UNAVAILABLE'
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
  | 'SEVERAL_MANAGERS'
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
  | 'NATIVE_MODULE_MISSING'
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

/** Details of an error. Lengths and positions are in bytes. The present fields depend on the code. */
export interface ErrorDetails {
  /** Path of the file, folder or socket. */
  readonly path?: string;
  /** The error of the operating system or of user code that caused this one. */
  readonly cause?: unknown;
  /** Reason, in a word or a short sentence. */
  readonly reason?: string;
  /** Position in the data area, in bytes. */
  readonly position?: number;
  /** Bytes that a read consumed before the error. */
  readonly bytesRead?: number;
  /** Value that the format requires. */
  readonly expected?: bigint;
  /** Value in the file. */
  readonly actual?: bigint;
  /** The word found at a record position, as an unsigned 64-bit number. */
  readonly word?: bigint;
  /** Capacity of the channel. */
  readonly capacity?: number;
  /** Length of a message. */
  readonly messageLength?: number;
  /** Unknown tick unit in the header. */
  readonly tickUnitId?: number;
  /** Actual length of a file. */
  readonly length?: number;
  /** Required length of a file. */
  readonly needed?: number;
  /** Space that a record requires in the channel. */
  readonly required?: number;
  /** Free space in the channel. */
  readonly left?: number;
  /** Length of a record. */
  readonly recordLength?: number;
  /** Largest allowed length of a record. */
  readonly maxAllowed?: number;
  /** Time of a timeout: Unix time in ticks of the channel. */
  readonly expiration?: bigint;
  /** State of the lock of the writer at a timeout: held (`late`), free (`dead`) or not testable (`unknown`). */
  readonly writer?: 'late' | 'dead' | 'unknown';
  /** True when the timeout has ended the channel for this reader, also if the writer resumes. */
  readonly final?: boolean;
}

/**
 * The base class of all errors of ringwire. Compare `code`, never the message. The present fields of
 * {@link ErrorDetails} depend on the code; docs/errors.md describes each code.
 *
 * @example
 * try {
 *   openReader('/dev/shm', 7);
 * } catch (error) {
 *   if (error instanceof RingwireError && error.code === 'STORAGE_NOT_FOUND') console.error(error.path);
 * }
 */
export class RingwireError extends Error {
  /** Name of the class of the error. */
  override readonly name: string = 'RingwireError';
  /** The code; stable between versions. */
  readonly code: ErrorCode;
  /** Path of the file, folder or socket. */
  declare readonly path?: string;
  /** Reason, in a word or a short sentence. */
  declare readonly reason?: string;
  /** Position in the data area, in bytes. */
  declare readonly position?: number;
  /** Bytes that a read consumed before the error. */
  declare readonly bytesRead?: number;
  /** Value that the format requires. */
  declare readonly expected?: bigint;
  /** Value in the file. */
  declare readonly actual?: bigint;
  /** The word found at a record position, as an unsigned 64-bit number. */
  declare readonly word?: bigint;
  /** Capacity of the channel in bytes. */
  declare readonly capacity?: number;
  /** Length of a message in bytes. */
  declare readonly messageLength?: number;
  /** Unknown tick unit in the header. */
  declare readonly tickUnitId?: number;
  /** Actual length of a file in bytes. */
  declare readonly length?: number;
  /** Required length of a file in bytes. */
  declare readonly needed?: number;
  /** Space that a record requires in the channel, in bytes. */
  declare readonly required?: number;
  /** Free space in the channel in bytes. */
  declare readonly left?: number;
  /** Length of a record in bytes. */
  declare readonly recordLength?: number;
  /** Largest allowed length of a record in bytes. */
  declare readonly maxAllowed?: number;
  /** Time of a timeout: Unix time in ticks of the channel. */
  declare readonly expiration?: bigint;
  /** State of the lock of the writer at a timeout; see {@link ErrorDetails.writer}. */
  declare readonly writer?: 'late' | 'dead' | 'unknown';
  /** True when the timeout has ended the channel for this reader. */
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

/** The message of a thrown value. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `COULD_NOT_ACCESS_STORAGE`: the operating system did not open, create or change the path. */
export function couldNotAccess(path: string, error: unknown): RingwireError {
  const reason = reasonOf(error);
  return new RingwireError('COULD_NOT_ACCESS_STORAGE', `cannot access ${path}: ${reason}`, {
    path,
    reason,
    cause: error,
  });
}

/** Whether ringwire cannot run on this machine or in this installation: no fault of the file that was opened. */
export function isMachineFault({ code }: RingwireError): boolean {
  return code === 'UNSUPPORTED_PLATFORM' || code === 'NATIVE_MODULE_MISSING';
}
