/** What is run when an agent stalls, checked. */
import { RingwireError } from '../../platform/index.js';

export interface RecoveryOptions {
  /**
   * Program and arguments, never a shell: `['/usr/local/lib/app/restart-worker', '--pid']`. `{pid}` in an argument
   * becomes the pid; the pid is also appended as the last argument.
   */
  readonly command: readonly string[];
  /** The whole environment of the command beside `PATH=/usr/bin:/bin`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds in which one pid gets one command only, default 1000. */
  readonly debounceMs?: number;
  /** Milliseconds after which the command and what it started are killed, at least 100; default never. */
  readonly timeoutMs?: number;
}

export interface ResolvedRecoveryOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly debounceMs: number;
  readonly timeoutMs: number | null;
}

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveRecovery(options: RecoveryOptions): ResolvedRecoveryOptions {
  const { command, env = {}, debounceMs = 1000, timeoutMs = null } = options;
  if (!Array.isArray(command) || command.length === 0 || command.some((part) => typeof part !== 'string')) {
    throw invalid('recovery.command must be a list: program and arguments; there is no shell');
  }
  if (!command[0]?.startsWith('/')) {
    throw invalid(`recovery.command must begin with the absolute path of a program, not "${command[0]}"`);
  }
  if (!Number.isInteger(debounceMs) || debounceMs < 0) throw invalid('recovery.debounceMs must be 0 or more');
  if (timeoutMs !== null && (!Number.isInteger(timeoutMs) || timeoutMs < 100)) {
    throw invalid('recovery.timeoutMs must be 100 or more');
  }
  return { command, env: { PATH: '/usr/bin:/bin', ...env }, debounceMs, timeoutMs };
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
