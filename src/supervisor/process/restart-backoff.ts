/** Whether and when a process that ended is started again. */
import type { ResolvedSpec } from './process-spec.js';

const LONGEST_BACKOFF_MILLIS = 60_000;

export type Verdict =
  | { readonly kind: 'rest' }
  | { readonly kind: 'restart'; readonly afterMs: number }
  | { readonly kind: 'give-up' };

export class RestartBackoff {
  readonly #spec: ResolvedSpec;
  /** Restarts since it last ran for long, or was started by hand. */
  #inARow = 0;
  #restarts = 0;
  #planned: NodeJS.Timeout | null = null;

  constructor(spec: ResolvedSpec) {
    this.#spec = spec;
  }

  /** Restarts so far. */
  get restarts(): number {
    return this.#restarts;
  }

  /** @param ranMs how long it ran, in milliseconds */
  onEnd(crashed: boolean, ranMs: number): Verdict {
    const { restart, maxRestarts, restartBackoffMs, restartResetMs } = this.#spec;
    if (restart === 'never' || (restart === 'on-failure' && !crashed)) return { kind: 'rest' };
    if (ranMs >= restartResetMs) this.#inARow = 0;
    if (this.#inARow >= maxRestarts) return crashed ? { kind: 'give-up' } : { kind: 'rest' };
    const afterMs = Math.min(restartBackoffMs * 2 ** this.#inARow, LONGEST_BACKOFF_MILLIS);
    this.#inARow++;
    return { kind: 'restart', afterMs };
  }

  /** Calls `restart` in so many milliseconds, unless {@link cancel} comes first. */
  plan(afterMs: number, restart: () => void): void {
    this.#planned = setTimeout(() => {
      this.#planned = null;
      this.#restarts++;
      restart();
    }, afterMs);
  }

  cancel(): void {
    if (this.#planned !== null) clearTimeout(this.#planned);
    this.#planned = null;
  }

  /** A start by hand begins anew. */
  forget(): void {
    this.#inARow = 0;
  }
}
