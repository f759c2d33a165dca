/**
 * Measures a stream of records: count, sizes, gaps. Times are those of the reader; records of one poll share the time
 * since the previous poll evenly.
 */
import { Histogram } from './histogram.js';

/** The measurements of a span of time. */
export interface Rates {
  readonly seconds: number;
  readonly records: number;
  /** Bytes of payload. */
  readonly bytes: number;
  /** Records that were overwritten before they could be read. */
  readonly lost: number;
  /** Bytes. */
  readonly sizes: Distribution;
  /** Nanoseconds. */
  readonly gaps: Distribution;
}

/** Minimum, median, 99th percentile and maximum. */
export interface Distribution {
  readonly min: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Milliseconds of a monotonic clock are passed to every method that needs the time. */
export class RateMeter {
  readonly #whole = new Span();
  readonly #window = new Span();
  #lastArrival: number | null = null;

  /** Starts the measurement. */
  begin(now: number): void {
    this.#whole.began = this.#window.began = now;
  }

  /** Records since the beginning. */
  get records(): number {
    return this.#whole.records + this.#window.records;
  }

  /** Counts one record. @param length in bytes */
  record(length: number): void {
    this.#window.records++;
    this.#window.bytes += length;
    this.#window.sizes.add(length);
  }

  /** Ends a poll at `now` that delivered `count` records. */
  found(count: number, now: number): void {
    // The arrival of the first records is unknown.
    if (this.#lastArrival !== null) {
      this.#window.gaps.add(Math.max(0, Math.round(((now - this.#lastArrival) * 1e6) / count)), count);
    }
    this.#lastArrival = now;
  }

  /** Counts lost records. */
  lose(records: number): void {
    this.#window.lost += records;
  }

  /** The rates since the previous call; null before {@link begin}. */
  lap(now: number): Rates | null {
    if (this.#window.began === null) return null;
    const rates = this.#window.rates(now);
    this.#whole.drain(this.#window);
    this.#window.began = now;
    return rates;
  }

  /** The rates since {@link begin}; null before it. */
  total(now: number): Rates | null {
    return this.lap(now) === null ? null : this.#whole.rates(now);
  }
}

class Span {
  records = 0;
  bytes = 0;
  lost = 0;
  began: number | null = null;
  readonly sizes = new Histogram();
  readonly gaps = new Histogram();

  drain(other: Span): void {
    this.records += other.records;
    this.bytes += other.bytes;
    this.lost += other.lost;
    this.sizes.drain(other.sizes);
    this.gaps.drain(other.gaps);
    other.records = other.bytes = other.lost = 0;
  }

  rates(now: number): Rates {
    const { records, bytes, lost } = this;
    const seconds = (now - (this.began ?? now)) / 1000;
    return {
      seconds,
      records,
      bytes,
      lost,
      sizes: distributionOf(this.sizes),
      gaps: distributionOf(this.gaps),
    };
  }
}

function distributionOf(histogram: Histogram): Distribution {
  return {
    min: histogram.min,
    p50: histogram.percentile(0.5),
    p99: histogram.percentile(0.99),
    max: histogram.max,
  };
}
