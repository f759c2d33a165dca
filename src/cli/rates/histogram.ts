/**
 * Counts of whole numbers, with percentiles: exact up to 127, within 1/64 above. A record costs two stores. The
 * histogram of `node:perf_hooks` takes a native call for each number, and has no weights.
 *
 * Numbers of one power of two share 64 buckets: bucket = shift * 64 + (value >> shift), where shift makes the rest
 * less than 128.
 */

const SHARE = 64;
const SHARE_BITS = 6;
const BUCKETS = (53 - SHARE_BITS + 1) * SHARE;
const HALF = 2 ** 32;

/** Counts numbers, and returns percentiles of them. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** Number of counted values. */
  get total(): number {
    return this.#total;
  }

  /** The smallest value; 0 when nothing was counted. */
  get min(): number {
    return this.#total === 0 ? 0 : this.#min;
  }

  /** The largest value; 0 when nothing was counted. */
  get max(): number {
    return this.#max;
  }

  /** Counts `value`, a whole number from 0 to 2^53-1, `times` times. */
  add(value: number, times = 1): void {
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] as number) + times;
    this.#total += times;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** The smallest value that a share (0 to 1) of all numbers does not exceed; 0 when nothing was counted. */
  percentile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted) return Math.max(this.#min, Math.min(this.#max, largestOf(bucket)));
    }
    return 0;
  }

  /** Adds the counts of another histogram, and empties it. */
  drain(other: Histogram): void {
    if (other.#total === 0) return;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#counts[bucket] = (this.#counts[bucket] as number) + (other.#counts[bucket] as number);
    }
    this.#total += other.#total;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    other.#counts.fill(0);
    other.#total = other.#max = 0;
    other.#min = Number.POSITIVE_INFINITY;
  }
}

function bucketOf(value: number): number {
  if (value < 2 * SHARE) return value;
  const bits = value < HALF ? 31 - Math.clz32(value) : 63 - Math.clz32(Math.floor(value / HALF));
  const shift = bits - SHARE_BITS;
  return shift * SHARE + Math.floor(value / 2 ** shift);
}

function largestOf(bucket: number): number {
  if (bucket < 2 * SHARE) return bucket;
  const shift = Math.floor(bucket / SHARE) - 1;
  return (bucket - shift * SHARE + 1) * 2 ** shift - 1;
}
