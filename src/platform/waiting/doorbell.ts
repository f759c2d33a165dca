/**
 * A doorbell: two 32-bit words in shared memory with which a writer wakes sleeping readers.
 *
 * - `asleep`: 1 while a reader sleeps or is about to. The writer loads it once per publication.
 * - `rings`: the number of rings; the futex word on which the kernel sleeps.
 *
 * INV-BELL-01: the reader stores `asleep`, executes a full fence in both processes and polls the channel once more. The
 * writer commits and then loads `asleep`. The load may pass the commit, but not the fence, so at least one of the two
 * observes the other. A writer that cannot be fenced by others, or publishes by `Atomics.store`, executes the fence itself.
 * INV-BELL-02: correctness does not depend on a wake-up. A sleep lasts at most 200 ms, so a lost ring or a dead sleeper
 * only delays a reader.
 */
import { storeTimespec } from '../kernel-time.js';
import { FUTEX_WAIT, FUTEX_WAKE, libc } from '../libc.js';
import { KEEPS_ORDER, orderAll } from '../memory-order.js';
import { PUBLISHING_IS_A_FENCE } from '../ordered-store.js';
import { acceptRemoteFences, fenceAll } from './remote-fence.js';
import { canShareSleep, sleepShared } from './shared-sleep.js';

/** Longest sleep in milliseconds, and the longest delay after a lost ring. */
export const MAX_SLEEP_MILLIS = 200;

/**
 * Longest sleep in milliseconds of a reader that cannot execute fences in other processes: the writer may have loaded
 * `asleep` before its commit was visible.
 */
const MAX_UNFENCED_SLEEP_MILLIS = 5;

/** The processor on which writers execute no fence of their own. */
const IS_X64 = process.arch === 'x64';

/** A constant of this module, which V8 puts into the compiled code; an imported one is loaded each time. */
const LOADS_PLAINLY = KEEPS_ORDER;

/** Wakes all sleepers of a word. */
const ALL = 0x7fff_ffff;

/**
 * Sleeps on pool threads. They are woken at process exit, which would otherwise wait for them. Their timeouts remain
 * referenced until they end: the kernel reads a timeout when the thread runs, and koffi keeps no reference.
 */
const sleeps = new Set<{ readonly bell: Doorbell; readonly time: Uint8Array }>();

/** A doorbell in shared memory. A sleep on it lasts at most 200 ms. */
export class Doorbell {
  readonly #i32: Int32Array;
  readonly #asleep: number = 0;
  readonly #rings: number = 0;
  readonly #ringsAddress: bigint;
  /** Whether nobody else executes the fence between a commit and {@link ring}. */
  readonly #fences: boolean;
  #longestSleep = MAX_SLEEP_MILLIS;
  #closed = false;

  /** `asleepOffset` and `ringsOffset` are byte offsets of the two words, multiples of 4, each on its own cache line. */
  constructor(memory: ArrayBuffer, asleepOffset: number, ringsOffset: number) {
    this.#i32 = new Int32Array(memory);
    this.#asleep = asleepOffset >> 2;
    this.#rings = ringsOffset >> 2;
    this.#ringsAddress = libc().addressOf(memory) + BigInt(ringsOffset);
    this.#fences = !PUBLISHING_IS_A_FENCE && !acceptRemoteFences();
  }

  /** Writer: wakes sleeping readers. Call it after the commit: `publishI32`, `publishNumber` or `Atomics.store`. */
  ring(): void {
    if (this.#fences) orderAll();
    // Without the order only an `Atomics.load` stays after the commit. A plain load costs 1 ns instead of 15.
    const asleep = LOADS_PLAINLY ? this.#i32[this.#asleep] : Atomics.load(this.#i32, this.#asleep);
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
   * Reader: announces a sleep. The caller must poll the channel once more before {@link sleep}. Plain loads are enough,
   * because the announcement ends with a full fence.
   * @returns the number of rings, for {@link sleep}
   */
  announce(): number {
    if (this.#closed) return 0;
    const rings = Atomics.load(this.#i32, this.#rings);
    Atomics.store(this.#i32, this.#asleep, 1);
    orderAll();
    // Elsewhere every writer executes its own fence.
    if (IS_X64 && !fenceAll()) this.#longestSleep = MAX_UNFENCED_SLEEP_MILLIS;
    return rings;
  }

  /** Blocks the thread until the bell rings or `millis` have passed. @param announced the result of {@link announce} */
  sleep(announced: number, millis: number): void {
    if (!this.#closed)
      libc().futex(this.#ringsAddress, FUTEX_WAIT, announced, timespec(this.#bounded(millis)));
  }

  /** Like {@link sleep}, on a thread of the libuv pool that all bells of this thread share. The event loop remains free. */
  sleepAsync(announced: number, millis: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (canShareSleep()) return this.#sleepShared(announced, millis);
    if (sleeps.size === 0) process.on('exit', wakeAll);
    const sleep = { bell: this, time: timespec(this.#bounded(millis)) };
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
    const longest = this.#bounded(millis);
    const deadline = performance.now() + longest;
    const earliest = deadline - longest / 4;
    const isOver = () => this.#closed || Atomics.load(this.#i32, this.#rings) !== announced;
    return new Promise((wake) => {
      sleepShared({ address: this.#ringsAddress, announced, deadline, earliest, isOver, wake });
    });
  }

  #bounded(millis: number): number {
    return Math.min(Math.max(millis, 0), this.#longestSleep);
  }

  /** Wakes the sleepers and stops using the memory. Later calls do nothing. */
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
  const time = Buffer.alloc(16);
  storeTimespec(time, millis);
  return time;
}
