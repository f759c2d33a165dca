/** Limits on accepted beats: per agent and for all. Source: the later varta-watch; off by default. */

/** Limits on accepted beats. */
export interface RateLimitOptions {
  /**
   * Beats per second and agent, 0 to 1e6; 0 (default) means no limit. Of two beats closer than its inverse the second
   * is dropped.
   */
  readonly maxBeatRate?: number | undefined;
  /** Beats per second of all agents together, 0 to 1e9; 0 (default) means no limit. */
  readonly globalBeatRate?: number | undefined;
  /** Beats above the global rate that may arrive at once; default twice the rate. */
  readonly globalBeatBurst?: number | undefined;
}

/** Which limit dropped a beat. */
export type RateLimit = 'per_pid' | 'global';

/** A budget that refills at a constant rate. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledMillis = Number.NaN;

  /** @param perSecond tokens per second @param burst the most tokens that are kept, at least 1 */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, burst);
    this.#tokens = this.#burst;
  }

  /** Takes a token. `now` in milliseconds of a monotonic clock. @returns whether there was one */
  take(now: number): boolean {
    if (now > this.#filledMillis) {
      const gained = ((now - this.#filledMillis) * this.#perSecond) / 1000;
      this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    }
    this.#filledMillis = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** Applies {@link RateLimitOptions}. */
export class RateLimits {
  readonly #intervalMillis: number;
  readonly #all: TokenBucket | null;

  constructor({
    maxBeatRate = 0,
    globalBeatRate = 0,
    globalBeatBurst = 2 * globalBeatRate,
  }: RateLimitOptions) {
    this.#intervalMillis = maxBeatRate > 0 ? 1000 / maxBeatRate : 0;
    this.#all = globalBeatRate === 0 ? null : new TokenBucket(globalBeatRate, globalBeatBurst);
  }

  /** The limit that refuses a beat now, or null. `lastMillis`: when this agent's last beat was accepted. */
  refusal(now: number, lastMillis: number | undefined): RateLimit | null {
    if (lastMillis !== undefined && now - lastMillis < this.#intervalMillis) return 'per_pid';
    return this.#all === null || this.#all.take(now) ? null : 'global';
  }
}
