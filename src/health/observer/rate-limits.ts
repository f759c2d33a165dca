/** Limits on accepted beats, for each agent and for all. Source: the 0.2 line of varta-watch. */

/** Limits on accepted beats. Source: the 0.2 line of varta-watch. */
export interface RateLimitOptions {
  /**
   * Most beats per second of each agent, 0 to 1e6; 0: no limit. A beat that follows the last one within the inverse of
   * this rate is dropped. Default: 0.
   */
  readonly maxBeatRate?: number | undefined;
  /** Most beats per second of all agents together, 0 to 1e9; 0: no limit. Default: 0. */
  readonly globalBeatRate?: number | undefined;
  /** Most beats above the global rate in a burst. Default: twice the rate. */
  readonly globalBeatBurst?: number | undefined;
}

/** The limit that dropped a beat. */
export type RateLimit = 'per_pid' | 'global';

/** A budget that refills at a constant rate. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledMillis = Number.NaN;

  /** @param perSecond tokens per second. @param burst most tokens, at least 1 */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, burst);
    this.#tokens = this.#burst;
  }

  /** Takes a token. @param now monotonic milliseconds. @returns whether a token was available */
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

  /** The limit that refuses a beat, or null. @param lastMillis time of the last accepted beat of this agent */
  refusal(now: number, lastMillis: number | undefined): RateLimit | null {
    if (lastMillis !== undefined && now - lastMillis < this.#intervalMillis) return 'per_pid';
    return this.#all === null || this.#all.take(now) ? null : 'global';
  }
}
