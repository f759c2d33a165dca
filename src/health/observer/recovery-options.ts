/** Options of the recovery command: checks and defaults. */
import path from 'node:path';
import { RingwireError } from '../../platform/index.js';

/** The command that runs for every stall. */
export interface RecoveryOptions {
  /**
   * Program and arguments, without a shell: `['/usr/local/lib/app/restart-worker', '--pid']`. A program without a slash is
   * searched in the `PATH` of its environment. `{pid}` in an argument is replaced by the pid. The pid is also appended as
   * the last argument. Required.
   */
  readonly command: readonly string[];
  /** Environment of the command, in addition to `PATH=/usr/bin:/bin`. Default: empty. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the command inherits the environment of this process; `env` takes precedence. Default: false. */
  readonly inheritEnv?: boolean;
  /** Shortest time between two commands for one pid in milliseconds, from 0. Default: 1000. */
  readonly debounceMs?: number;
  /** Milliseconds after which the command and its children are killed, from 100. Default: never. */
  readonly timeoutMs?: number;
  /** Whether to read and count the output of the command. Default: false, the output is discarded. */
  readonly captureOutput?: boolean;
  /** Most bytes of output to count for each command, 1 to 1 MiB. More output counts as truncated. Default: 4096. */
  readonly captureBytes?: number;
  /** Longest time that `close()` waits for killed commands in milliseconds, from 100. Default: 5000. */
  readonly shutdownGraceMs?: number;
}

/** {@link RecoveryOptions} with defaults applied. */
export interface ResolvedRecoveryOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly debounceMs: number;
  readonly timeoutMs: number | null;
  /** Bytes of output to count, or null. */
  readonly captureBytes: number | null;
  readonly shutdownGraceMs: number;
}

const MAX_CAPTURE = 1024 * 1024;

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveRecovery(options: RecoveryOptions): ResolvedRecoveryOptions {
  const { command, env = {}, inheritEnv = false, debounceMs = 1000, timeoutMs = null } = options;
  const { captureOutput = false, captureBytes = 4096, shutdownGraceMs = 5000 } = options;
  if (!Array.isArray(command) || command.length === 0 || command.some((part) => typeof part !== 'string')) {
    throw invalid(
      'recovery.command must be an array of the program and its arguments: a command line for a shell is not supported',
    );
  }
  const [program = '', ...rest] = command;
  if (program === '' || program.includes('\0'))
    throw invalid('recovery.command must start with the name of a program');
  atLeast('debounceMs', debounceMs, 0);
  if (timeoutMs !== null) atLeast('timeoutMs', timeoutMs, 100);
  atLeast('shutdownGraceMs', shutdownGraceMs, 100);
  atLeast('captureBytes', captureBytes, 1);
  if (captureBytes > MAX_CAPTURE)
    throw invalid(`recovery.captureBytes must be at most ${MAX_CAPTURE}, not ${captureBytes}`);
  return {
    // A relative path is resolved here, because the current folder may change later.
    command: [program.includes('/') ? path.resolve(program) : program, ...rest],
    env: { ...(inheritEnv ? process.env : { PATH: '/usr/bin:/bin' }), ...env },
    debounceMs,
    timeoutMs,
    captureBytes: captureOutput ? captureBytes : null,
    shutdownGraceMs,
  };
}

function atLeast(name: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min) return;
  throw invalid(`recovery.${name} must be a whole number from ${min}, not ${value}`);
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
