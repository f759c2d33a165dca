/**
 * A doorbell: two 32-bit words in shared memory, with which a writer wakes readers that sleep.
 *
 * - `asleep`: 1 while a reader sleeps or is about to. The writer loads it once per publication.
 * - `rings`: how often the bell was rung; the word the kernel sleeps on (futex).
 *
 * INV-BELL-01: the reader stores `asleep`, then a full fence, then looks at the channel once more; the writer commits and
 * then loads `asleep`. The fence and the commit order each store before the load after it, so at least one of the two
 * sees the other.
 * INV-BELL-02: nothing depends on a wake-up. A sleep lasts at most 200 ms, so a lost ring or a dead
 * sleeper costs time and nothing else.
 */
import { FUTEX_WAIT, FUTEX_WAKE, libc } from '../libc.js';
import { orderAll } from '../memory-order.js';
import { canShareSleep, sleepShared } from './shared-sleep.js';

/** The longest single sleep in milliseconds; also the longest time a lost ring can cost. */
export const MAX_SLEEP_MILLIS = 200;

/** On x64 an `Atomics.store` is a full fence that orders a plain load after it; that load costs 1 ns instead of 15. */
const STORES_ARE_FENCES = process.arch === 'x64';

/** Wakes every sleeper of a word. */
const ALL = 0x7fff_ffff;

/**
 * Sleeps on pool threads. They are woken when the process exits, which would otherwise wait for them. Their timeouts
 * stay referenced until they end: the kernel reads a timeout when the thread runs, and koffi holds no reference.
 */
const sleeps = new Set<{ readonly bell: Doorbell; readonly time: Uint8Array }>();

/** A doorbell in shared memory; 200 ms bounds every sleep on it. */
export class Doorbell {
  readonly #i32: Int32Array;
  readonly #asleep: number;
  readonly #rings: number;
  readonly #ringsAddress: bigint;
  #closed = false;

  /** `asleepOffset` and `ringsOffset` are byte offsets of the two words, multiples of 4, on lines of their own. */
  constructor(memory: ArrayBuffer, asleepOffset: number, ringsOffset: number) {
    this.#i32 = new Int32Array(memory);
    this.#asleep = asleepOffset >> 2;
    this.#rings = ringsOffset >> 2;
    this.#ringsAddress = libc().addressOf(memory) + BigInt(ringsOffset);
  }

  /** Writer: wakes the sleepers, if any. Called after the commit, which must be an `Atomics.store` (INV-BELL-01). */
  ring(): void {
    const asleep = STORES_ARE_FENCES ? this.#i32[this.#asleep] : Atomics.load(this.#i32, this.#asleep);
    if (asleep !== 0) this.ringNow();
  }

  /** Wakes all sleepers of this bell, in all processes. */
  ringNow(): void {
    if (this.#closed) return;
    Atomics.store(this.#i32, this.#asleep, 0);
    Atomics.add(this.#i32, this.#rings, 1);
    libc().futex(this.#ringsAddress, FUTEX_WAKE, ALL, null);
  }

  /**
   * Reader: announces a sleep. The caller must look at the channel once more before {@link sleep}; plain loads are
   * enough, because the announcement ends with a full fence.
   * @returns the number of rings so far, for {@link sleep}
   */
  announce(): number {
    if (this.#closed) return 0;
    const rings = Atomics.load(this.#i32, this.#rings);
    Atomics.store(this.#i32, this.#asleep, 1);
    orderAll();
    return rings;
  }

  /** Blocks the thread until the bell rings or `millis` have passed. `announced`: what {@link announce} returned. */
  sleep(announced: number, millis: number): void {
    if (!this.#closed) libc().futex(this.#ringsAddress, FUTEX_WAIT, announced, timespec(millis));
  }

  /** The same on a thread of the libuv pool, which all bells of this thread share: the event loop stays free. */
  sleepAsync(announced: number, millis: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (canShareSleep()) return this.#sleepShared(announced, millis);
    if (sleeps.size === 0) process.on('exit', wakeAll);
    const sleep = { bell: this, time: timespec(millis) };
    sleeps.add(sleep);
    return new Promise((resolve) => {
      libc().futexAsync(this.#ringsAddress, FUTEX_WAIT, announced, sleep.time, () => {
        sleeps.delete(sleep);
        if (sleeps.size === 0) process.off('exit', wakeAll);
        resolve();
      });
    });
  }

  #sleepShared(announced: number, millis: number): Promise<void> {
    const longest = Math.min(Math.max(millis, 0), MAX_SLEEP_MILLIS);
    const deadline = performance.now() + longest;
    const earliest = deadline - longest / 4;
    const isOver = () => this.#closed || Atomics.load(this.#i32, this.#rings) !== announced;
    return new Promise((wake) => {
      sleepShared({ address: this.#ringsAddress, announced, deadline, earliest, isOver, wake });
    });
  }

  /** Wakes the sleepers and stops using the memory; every later call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.ringNow();
    this.#closed = true;
  }
}

function wakeAll(): void {
  for (const { bell } of sleeps) bell.ringNow();
}

function timespec(millis: number): Uint8Array {
  const bounded = Math.min(Math.max(millis, 0), MAX_SLEEP_MILLIS);
  const time = Buffer.alloc(16);
  time.writeBigInt64LE(0n, 0);
  time.writeBigInt64LE(BigInt(Math.trunc(bounded * 1e6)), 8);
  return time;
}
