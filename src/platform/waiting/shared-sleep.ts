/**
 * Runs all sleepers of a thread on few threads of the libuv pool. futex_waitv (Linux 5.16) sleeps on up to 128 words, so
 * many waiting readers share one pool thread. Source of the layout: `struct futex_waitv`, futex2.
 *
 * INV-SLEEP-01: at most {@link MOST_CALLS} calls are in progress, and every sleeper among the first
 * MOST_CALLS * {@link WORDS_PER_CALL} has its word in one of them as soon as that call has begun. A new sleeper changes
 * the control word of its call and wakes it; the next call includes the sleeper.
 * INV-SLEEP-02: the kernel compares each word with the value that its sleeper loaded, so a ring between two calls ends
 * the next call immediately. A sleeper without a slot in a call is compared every {@link LOOK_MILLIS} instead.
 * INV-SLEEP-03: at the deadline of one sleeper all sleepers in the last quarter of their time also wake. The sleepers of a
 * thread synchronize, so many of them wake the thread as rarely as one.
 */
import { FUTEX_WAKE, libc } from '../libc.js';

const WAITER_LENGTH = 24;
const FUTEX_32_SHARED = 2;
/** Words of sleepers in one call: the limit of the kernel, 128, less the control word. */
export const WORDS_PER_CALL = 127;
/** Most calls in progress. Each occupies a thread of the libuv pool, which has UV_THREADPOOL_SIZE threads (default 4). */
export const MOST_CALLS = Math.max(1, Math.floor((Number(process.env['UV_THREADPOOL_SIZE']) || 4) / 2));
/** Milliseconds between two checks of sleepers without a slot in a call. */
export const LOOK_MILLIS = 2;

/** A sleeper on one word of shared memory. */
export interface Sleeper {
  readonly address: bigint;
  /** The value of the word when the sleep was announced. */
  readonly announced: number;
  /** Latest wake-up, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Time from which on it wakes together with others at their deadlines. */
  readonly earliest: number;
  /** Whether the word has changed, or can no longer change. */
  isOver(): boolean;
  wake(): void;
}

/** One call of futex_waitv, and the sleepers that have a slot in it. */
class SleepCall {
  readonly sleepers = new Set<Sleeper>();
  inProgress = false;
  #scheduled = false;
  readonly #control = new Int32Array(new ArrayBuffer(4096));
  /** Both remain referenced: the kernel reads them when the pool thread runs. */
  readonly #waiters = Buffer.alloc((WORDS_PER_CALL + 1) * WAITER_LENGTH);
  readonly #time = Buffer.alloc(16);

  add(sleeper: Sleeper): void {
    this.sleepers.add(sleeper);
    if (this.inProgress) this.interrupt();
    else this.#schedule();
  }

  /** Ends the call in progress, which then checks all its sleepers. */
  interrupt(): void {
    if (!this.inProgress) return;
    Atomics.add(this.#control, 0, 1);
    libc().futex(libc().addressOf(this.#control.buffer), FUTEX_WAKE, 1, null);
  }

  /** Delays the next call until the readers that woke together have announced their next sleeps. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      wakeDue(this.sleepers);
      fill(this);
      if (this.sleepers.size > 0 && !this.inProgress) this.#sleep();
    });
  }

  #sleep(): void {
    let count = 0;
    let deadline = Number.POSITIVE_INFINITY;
    this.#put(count++, libc().addressOf(this.#control.buffer), Atomics.load(this.#control, 0));
    for (const sleeper of this.sleepers) {
      this.#put(count++, sleeper.address, sleeper.announced);
      deadline = Math.min(deadline, sleeper.deadline);
    }
    const [seconds, nanos] = process.hrtime();
    const end =
      BigInt(seconds) * 1_000_000_000n +
      BigInt(nanos) +
      BigInt(Math.ceil(Math.max(0, deadline - performance.now()) * 1e6));
    this.#time.writeBigInt64LE(end / 1_000_000_000n, 0);
    this.#time.writeBigInt64LE(end % 1_000_000_000n, 8);
    if (!atExit) process.on('exit', interruptAll);
    atExit = true;
    this.inProgress = true;
    libc().futexWaitvAsync(this.#waiters, count, this.#time, () => this.#onEnd());
  }

  /**
   * Wakes signalled sleepers first and runs no other code before they poll their channels. Rarely executed code is not in
   * any cache, so it would delay the record.
   */
  #onEnd(): void {
    this.inProgress = false;
    for (const sleeper of this.sleepers) {
      if (!sleeper.isOver()) continue;
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
    if (this.sleepers.size > 0 || waiting.size > 0) this.#schedule();
  }

  #put(index: number, address: bigint, value: number): void {
    const at = index * WAITER_LENGTH;
    this.#waiters.writeBigUInt64LE(BigInt(value >>> 0), at);
    this.#waiters.writeBigUInt64LE(address, at + 8);
    this.#waiters.writeUInt32LE(FUTEX_32_SHARED, at + 16);
    this.#waiters.writeUInt32LE(0, at + 20);
  }
}

const calls: SleepCall[] = [];
/** Sleepers without a slot in a call. */
const waiting = new Set<Sleeper>();
let looking: NodeJS.Timeout | null = null;
let atExit = false;
let supported: boolean | undefined;

/** Whether the kernel has futex_waitv. */
export function canShareSleep(): boolean {
  supported ??= libc().hasFutexWaitv();
  return supported;
}

/** Sleeps until the word changes or the deadline passes. */
export function sleepShared(sleeper: Sleeper): void {
  const call = callWithPlace();
  if (call !== null) call.add(sleeper);
  else {
    waiting.add(sleeper);
    looking ??= setInterval(look, LOOK_MILLIS);
  }
}

/** The first call with a free slot, so that few sleepers use one pool thread; null when all calls are full. */
function callWithPlace(): SleepCall | null {
  for (const call of calls) if (call.sleepers.size < WORDS_PER_CALL) return call;
  if (calls.length === MOST_CALLS) return null;
  const call = new SleepCall();
  calls.push(call);
  return call;
}

/** Moves sleepers without a slot into a call that is about to begin. */
function fill(call: SleepCall): void {
  for (const sleeper of waiting) {
    if (call.sleepers.size >= WORDS_PER_CALL) return;
    waiting.delete(sleeper);
    call.sleepers.add(sleeper);
  }
}

/** Checks the sleepers without a slot. */
function look(): void {
  wakeDue(waiting);
  if (waiting.size > 0 || looking === null) return;
  clearInterval(looking);
  looking = null;
}

/** Wakes the sleepers that were signalled or have reached their deadline. */
function wakeDue(sleepers: Set<Sleeper>): void {
  const now = performance.now();
  let someDue = false;
  for (const { deadline } of sleepers) someDue ||= now >= deadline;
  for (const sleeper of sleepers) {
    if (now < (someDue ? sleeper.earliest : sleeper.deadline) && !sleeper.isOver()) continue;
    sleepers.delete(sleeper);
    sleeper.wake();
  }
}

function interruptAll(): void {
  for (const call of calls) call.interrupt();
}
