/** Decides whether and when a process that ended is restarted. */
import { afterMs, type LongTimer } from '../../platform/index.js';
import type { ResolvedSpec } from '../specification/process-spec.js';

const LONGEST_BACKOFF_MILLIS = 60_000;

/** What follows the end of a run. */
export type Verdict =
  | { readonly kind: 'rest' }
  | { readonly kind: 'restart'; readonly afterMs: number }
  | { readonly kind: 'give-up' };

/** The restart policy of one process. */
export class RestartBackoff {
  readonly #spec: ResolvedSpec;
  /** Consecutive restarts since a long run or a requested start. */
  #inARow = 0;
  #restarts = 0;
  #planned: LongTimer | null = null;

  constructor(spec: ResolvedSpec) {
    this.#spec = spec;
  }

  /** Restarts so far. */
  get restarts(): number {
    return this.#restarts;
  }

  /** @param ranMs how long the process ran, in milliseconds of a monotonic clock */
  onEnd(crashed: boolean, ranMs: number): Verdict {
    const { restart, maxRestarts, restartBackoffMs, restartResetMs } = this.#spec;
    if (restart === 'never' || (restart === 'on-failure' && !crashed)) return { kind: 'rest' };
    if (ranMs >= restartResetMs) this.#inARow = 0;
    if (this.#inARow >= maxRestarts) return crashed ? { kind: 'give-up' } : { kind: 'rest' };
    const delay = Math.min(restartBackoffMs * 2 ** this.#inARow, LONGEST_BACKOFF_MILLIS);
    this.#inARow++;
    return { kind: 'restart', afterMs: delay };
  }

  /** Calls `restart` after this many milliseconds, unless {@link cancel} comes first. */
  plan(millis: number, restart: () => void): void {
    this.cancel();
    this.#planned = afterMs(millis, () => {
      this.#planned = null;
      this.#restarts++;
      restart();
    });
  }

  /** Drops a planned restart. */
  cancel(): void {
    this.#planned?.stop();
    this.#planned = null;
  }

  /** Resets the count of consecutive restarts; called for a requested start. */
  forget(): void {
    this.#inARow = 0;
  }
}
