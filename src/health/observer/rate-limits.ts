/** Limits on accepted beats: per agent and for all. Source: the later varta-watch; off unless asked for. */

export interface RateLimitOptions {
  /** Beats per second and agent; 0 (default) means no limit. Of two beats nearer than its inverse the second is dropped. */
  readonly maxBeatRate?: number | undefined;
  /** Beats per second of all agents together; 0 (default) means no limit. */
  readonly globalBeatRate?: number | undefined;
  /** How many beats above the global rate may come at once; default twice the rate. */
  readonly globalBeatBurst?: number | undefined;
}

export type RateLimit = 'per_pid' | 'global';

export class RateLimits {
  readonly #intervalMillis: number;
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #filledMillis = 0;

  constructor({
    maxBeatRate = 0,
    globalBeatRate = 0,
    globalBeatBurst = 2 * globalBeatRate,
  }: RateLimitOptions) {
    this.#intervalMillis = maxBeatRate > 0 ? 1000 / maxBeatRate : 0;
    this.#rate = globalBeatRate;
    this.#burst = Math.max(1, globalBeatBurst);
    this.#tokens = this.#burst;
  }

  /** Which limit refuses a beat now, or null. `lastMillis`: when this agent's last one was accepted, if any. */
  refusal(now: number, lastMillis: number | undefined): RateLimit | null {
    if (lastMillis !== undefined && now - lastMillis < this.#intervalMillis) return 'per_pid';
    if (this.#rate === 0) return null;
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledMillis) * this.#rate) / 1000);
    this.#filledMillis = now;
    if (this.#tokens < 1) return 'global';
    this.#tokens--;
    return null;
  }
}
