/**
 * Idle strategies: the wait of a reader after an empty poll. A strategy object belongs to one loop. It has a blocking
 * method and one that lets the event loop run.
 *
 * | strategy | reacts within | CPU while idle | event loop (idle / idleAsync) |
 * |---|---|---|---|
 * | BusySpinIdle | below 1 µs | a whole core | blocked / turns |
 * | YieldIdle    | a few µs   | a whole core, yielded to other processes | blocked / turns |
 * | BackoffIdle  | µs, then up to `maxMillis` | falls to about 1 to 5 % | blocked / turns |
 * | SleepIdle    | `millis` and the kernel's timer slack | low | blocked / free |
 * | DoorbellIdle | 20 to 80 µs | about 0 | blocked / free |
 */

import { libc } from '../libc.js';
import { RingwireError } from '../ringwire-error.js';
import { type Doorbell, MAX_SLEEP_MILLIS } from './doorbell.js';

/** A strategy for the wait between polls. */
export interface IdleStrategy {
  /** Blocks this thread if `workCount`, the result of the last poll, is 0. Otherwise resets the strategy. */
  idle(workCount: number): void;
  /** Like {@link idle}, without blocking the event loop. */
  idleAsync(workCount: number): Promise<void>;
}

/** The word of Atomics.wait, which requires a SharedArrayBuffer. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

function blockFor(millis: number): void {
  Atomics.wait(nothing, 0, 0, millis);
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const timer = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis));

/** Turns of a pause that does not slow a stream: about 400 ns. */
const SHORT_PAUSE = 200;
/** Records that must arrive alone and without a wait to be a stream. One such record may be a fast response. */
const QUICK_RECORDS = 8;
let churn = 1;

/** Keeps the thread busy with arithmetic, without access to shared memory. */
function pause(turns: number): void {
  let value = churn;
  for (let i = turns; i > 0; i--) value = (value * 31 + i) | 0;
  churn = value;
}

/**
 * Spins. In a stream it pauses after an empty poll, so that the reader does not fetch the cache line that the writer is
 * writing, and several records gather. Streams get faster, single responses slower. A stream begins when a poll delivers
 * several records, or when eight polls in a row deliver one after at most one empty poll. It ends at a record that was
 * alone after a pause.
 */
export class BusySpinIdle implements IdleStrategy {
  readonly #pause: number;
  #streaming = false;
  /** Empty polls since the last record. */
  #empty = 0;
  /** Records in a row that arrived alone and without a wait. */
  #quick = 0;

  /**
   * @param pause turns of a short arithmetic loop in a stream, 0 to 100,000; default: about 400 ns
   * @throws RingwireError `INVALID_ARGUMENT`
   */
  constructor(pause = SHORT_PAUSE) {
    this.#pause = inRange('pause', pause, 0, 100_000);
  }

  idle(workCount: number): void {
    if (workCount > 0) {
      if (this.#streaming) this.#streaming = workCount > 1 || this.#empty === 0;
      else {
        this.#quick = this.#empty <= 1 ? this.#quick + 1 : 0;
        this.#streaming = workCount > 1 || this.#quick >= QUICK_RECORDS;
      }
      this.#empty = 0;
      return;
    }
    this.#empty++;
    if (!this.#streaming) return;
    pause(this.#pause);
  }

  idleAsync(workCount: number): Promise<void> {
    this.idle(workCount);
    return turn();
  }
}

/** Yields the rest of the time slice to other processes (sched_yield). */
export class YieldIdle implements IdleStrategy {
  idle(workCount: number): void {
    if (workCount === 0) libc().schedYield();
  }

  idleAsync(_workCount: number): Promise<void> {
    return turn();
  }
}

/** Spins, then yields, then sleeps for increasing times. */
export class BackoffIdle implements IdleStrategy {
  readonly #spins: number;
  readonly #yields: number;
  readonly #minMillis: number;
  readonly #maxMillis: number;
  #step = 0;
  #millis: number;

  constructor(options: { spins?: number; yields?: number; minMillis?: number; maxMillis?: number } = {}) {
    this.#spins = inRange('spins', options.spins ?? 100, 0, 1e9);
    this.#yields = inRange('yields', options.yields ?? 20, 0, 1e9);
    this.#maxMillis = inRange('maxMillis', options.maxMillis ?? 1, 0.001, 60_000);
    this.#minMillis = inRange('minMillis', options.minMillis ?? 0.05, 0.001, this.#maxMillis);
    this.#millis = this.#minMillis;
  }

  idle(workCount: number): void {
    if (workCount > 0) this.#reset();
    else if (++this.#step <= this.#spins) pause(SHORT_PAUSE);
    else if (this.#step <= this.#spins + this.#yields) libc().schedYield();
    else blockFor(this.#longer());
  }

  idleAsync(workCount: number): Promise<void> {
    if (workCount > 0) this.#reset();
    else if (++this.#step > this.#yields) return timer(Math.max(1, this.#longer()));
    return turn();
  }

  #reset(): void {
    this.#step = 0;
    this.#millis = this.#minMillis;
  }

  #longer(): number {
    const millis = this.#millis;
    this.#millis = Math.min(millis * 2, this.#maxMillis);
    return millis;
  }
}

/** Sleeps for a fixed time after every empty poll. */
export class SleepIdle implements IdleStrategy {
  readonly #millis: number;

  /**
   * @param millis milliseconds, 0.001 to 60,000; {@link idleAsync} sleeps at least 1
   * @throws RingwireError `INVALID_ARGUMENT`
   */
  constructor(millis = 1) {
    this.#millis = inRange('millis', millis, 0.001, 60_000);
  }

  idle(workCount: number): void {
    if (workCount === 0) blockFor(this.#millis);
  }

  idleAsync(workCount: number): Promise<void> {
    return workCount === 0 ? timer(Math.max(1, this.#millis)) : turn();
  }
}

/**
 * Sleeps until the writer rings. Without a doorbell (a channel of kekbit, or a reader without write permission) it sleeps
 * for a millisecond at a time.
 */
export class DoorbellIdle implements IdleStrategy {
  readonly #bell: Doorbell | null;
  readonly #spins: number;
  readonly #withoutBell: IdleStrategy = new SleepIdle(1);
  #empty = 0;
  #announced = 0;

  /**
   * @param source the reader, or another object with a `doorbell`
   * @param spins empty polls before the first sleep, 0 to 1e9
   * @throws RingwireError `INVALID_ARGUMENT`
   */
  constructor(source: { readonly doorbell: Doorbell | null }, spins = 50) {
    this.#bell = source.doorbell;
    this.#spins = inRange('spins', spins, 0, 1e9);
  }

  idle(workCount: number): void {
    if (workCount > 0) this.#empty = 0;
    else if (++this.#empty <= this.#spins) pause(SHORT_PAUSE);
    else if (this.#bell === null) this.#withoutBell.idle(0);
    else if (this.#empty === this.#spins + 1) this.#announced = this.#bell.announce();
    else {
      this.#bell.sleep(this.#announced, MAX_SLEEP_MILLIS);
      this.#empty = this.#spins;
    }
  }

  async idleAsync(workCount: number): Promise<void> {
    if (workCount > 0) {
      this.#empty = 0;
      return turn();
    }
    if (++this.#empty <= 2) return turn();
    if (this.#bell === null) return this.#withoutBell.idleAsync(0);
    if (this.#empty === 3) {
      this.#announced = this.#bell.announce();
      return;
    }
    await this.#bell.sleepAsync(this.#announced, MAX_SLEEP_MILLIS);
    this.#empty = 2;
  }
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new RingwireError('INVALID_ARGUMENT', `${name} must be a number from ${min} to ${max}, not ${value}`);
}
