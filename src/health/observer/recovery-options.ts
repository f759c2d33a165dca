/** The command that runs when an agent stalls, checked. */
import path from 'node:path';
import { RingwireError } from '../../platform/index.js';

/** The command that runs for every stall. */
export interface RecoveryOptions {
  /**
   * Program and arguments, never a shell: `['/usr/local/lib/app/restart-worker', '--pid']`. A program without a slash is
   * searched in the `PATH` of its environment. `{pid}` in an argument becomes the pid; the pid is also appended as the
   * last argument.
   */
  readonly command: readonly string[];
  /** Environment of the command, beside `PATH=/usr/bin:/bin`; default empty. */
  readonly env?: Readonly<Record<string, string>>;
  /** Give the command the environment of this process too; `env` takes precedence. Default false. */
  readonly inheritEnv?: boolean;
  /** Milliseconds in which one pid gets one command only, 0 or more; default 1000. */
  readonly debounceMs?: number;
  /** Milliseconds after which the command and its children are killed, 100 or more; default never. */
  readonly timeoutMs?: number;
  /** Read and count the output of the command, instead of discarding it. Default false. */
  readonly captureOutput?: boolean;
  /** Bytes of output that are counted per command, 1 to 1 MiB; default 4096. More counts as truncated. */
  readonly captureBytes?: number;
  /** Milliseconds that the end of the observer waits for killed commands, 100 or more; default 5000. */
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
    throw invalid('recovery.command must be a list: program and arguments; no shell runs');
  }
  const [program = '', ...rest] = command;
  if (program === '' || program.includes('\0'))
    throw invalid('recovery.command must begin with the name of a program');
  atLeast('debounceMs', debounceMs, 0);
  if (timeoutMs !== null) atLeast('timeoutMs', timeoutMs, 100);
  atLeast('shutdownGraceMs', shutdownGraceMs, 100);
  atLeast('captureBytes', captureBytes, 1);
  if (captureBytes > MAX_CAPTURE) throw invalid(`recovery.captureBytes must be at most ${MAX_CAPTURE}`);
  return {
    // A relative path is resolved here: the current folder may change later.
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
