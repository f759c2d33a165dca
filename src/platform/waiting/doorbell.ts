/**
 * A doorbell: two 32-bit words in shared memory, by which a writer wakes readers that sleep.
 *
 * - `asleep`: 1 while some reader sleeps or is about to. The writer loads it once per publication.
 * - `rings`: how often the bell was rung; the word the kernel sleeps on (futex).
 *
 * INV-BELL-01: the reader stores `asleep` and then looks at the channel once more; the writer commits and then loads
 * `asleep`. Both are sequentially consistent, so at least one of them sees the other.
 * INV-BELL-02: nothing depends on a wake-up. A sleep lasts {@link MAX_SLEEP_MILLIS} at most, so a bell that was
 * lost, or a sleeper that died, costs time and nothing else.
 */
import { FUTEX_WAIT, FUTEX_WAKE, libc } from '../libc.js';
import { canShareSleep, sleepShared } from './shared-sleep.js';

/** The longest single sleep in milliseconds; also the longest time a lost bell can cost. */
export const MAX_SLEEP_MILLIS = 200;

/** On x64 an `Atomics.store` is a full fence, so a plain load behind it is ordered; it costs 1 ns instead of 15. */
const STORES_ARE_FENCES = process.arch === 'x64';

const EVERYBODY = 0x7fff_ffff;

/**
 * Sleeps on pool threads: woken when the process exits, which would otherwise wait for them. The time they were given
 * stays referenced until they end, for the kernel reads it when the thread gets to run, and koffi holds no reference.
 */
const sleeps = new Set<{ readonly bell: Doorbell; readonly time: Uint8Array }>();

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

  /** Writer: wakes the sleepers, if there are any. To be called after the commit, which must be an `Atomics.store`. */
  ring(): void {
    const asleep = STORES_ARE_FENCES ? this.#i32[this.#asleep] : Atomics.load(this.#i32, this.#asleep);
    if (asleep !== 0) this.ringNow();
  }

  /** Wakes everybody who sleeps here, in all processes. */
  ringNow(): void {
    if (this.#closed) return;
    Atomics.store(this.#i32, this.#asleep, 0);
    Atomics.add(this.#i32, this.#rings, 1);
    libc().futex(this.#ringsAddress, FUTEX_WAKE, EVERYBODY, null);
  }

  /** Reader: announces a sleep. The channel must be looked at once more before {@link sleep}. */
  announce(): number {
    if (this.#closed) return 0;
    const rings = Atomics.load(this.#i32, this.#rings);
    Atomics.store(this.#i32, this.#asleep, 1);
    return rings;
  }

  /** Blocks the thread until the bell rings, or `millis` have passed. `announced` is what {@link announce} gave. */
  sleep(announced: number, millis: number): void {
    if (!this.#closed) libc().futex(this.#ringsAddress, FUTEX_WAIT, announced, timespec(millis));
  }

  /** The same on a thread of the libuv pool, one for all bells of the process: the event loop stays free. */
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

  /** Wakes sleepers and lets go of the memory; every later call does nothing. */
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
