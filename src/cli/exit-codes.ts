/** Exit codes of the process. `ringwire help exit-codes` prints the table; docs/cli.md contains it. */
import { RingwireError } from '../platform/index.js';

/** Exit codes of the command; {@link EXIT_CODES} says what they mean. */
export const ExitCode = {
  Ok: 0,
  NotSound: 1,
  Unusable: 2,
  Full: 3,
  TimedOut: 4,
  Taken: 5,
  Internal: 70,
  Interrupted: 130,
  Terminated: 143,
} as const;
/** One of the exit codes. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** All exit codes with their meaning, in order. */
export const EXIT_CODES: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  {
    code: ExitCode.Ok,
    meaning: 'done; also when the channel is closed or the reader of the output ends',
  },
  { code: ExitCode.NotSound, meaning: 'damaged or truncated data, or a check that failed' },
  { code: ExitCode.Unusable, meaning: 'wrong usage, or the channel does not exist or cannot be read' },
  { code: ExitCode.Full, meaning: 'the channel or the disk is full' },
  {
    code: ExitCode.TimedOut,
    meaning: 'timeout: the writer is late or dead, or no channel appeared in time',
  },
  { code: ExitCode.Taken, meaning: 'the channel exists already, or another process holds it' },
  { code: ExitCode.Internal, meaning: 'internal error (bug)' },
  { code: ExitCode.Interrupted, meaning: 'ended by SIGINT, after a clean end' },
  { code: ExitCode.Terminated, meaning: 'ended by SIGTERM, after a clean end' },
];

const NOT_SOUND = new Set([
  'CORRUPT_CHANNEL',
  'STORAGE_TRUNCATED',
  'CHECKSUM_MISMATCH',
  'DECODING_ERROR',
  'INVALID_SIGNATURE',
  'INVALID_CAPACITY',
  'INVALID_MAX_MESSAGE_LENGTH',
  'INVALID_TICK_UNIT',
]);
const FULL = new Set(['CHANNEL_FULL', 'NO_SPACE', 'BACK_PRESSURED']);
const TAKEN = new Set([
  'STORAGE_ALREADY_EXISTS',
  'STORAGE_NOT_READY',
  'WRITER_EXISTS',
  'CHANNEL_IN_USE',
  'CURSOR_IN_USE',
  'DUPLICATE_RECEIVER',
  'NO_READER_SLOT',
  'WRITERS_CONTEND',
  'ADDRESS_IN_USE',
]);

/** The exit code for an error, by the class of its code. */
export function exitCodeFor(error: unknown): ExitCode {
  if (!(error instanceof RingwireError)) return ExitCode.Internal;
  if (NOT_SOUND.has(error.code)) return ExitCode.NotSound;
  if (FULL.has(error.code)) return ExitCode.Full;
  if (TAKEN.has(error.code)) return ExitCode.Taken;
  return error.code === 'TIMEOUT' ? ExitCode.TimedOut : ExitCode.Unusable;
}
