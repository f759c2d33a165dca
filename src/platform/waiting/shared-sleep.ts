/**
 * All sleepers of a process on one thread: futex_waitv (Linux 5.16) sleeps on up to 128 words at once, so that many
 * waiting readers do not take one thread of the libuv pool each. Source of the layout: `struct futex_waitv`, futex2.
 *
 * INV-SLEEP-01: at most one call is under way. A control word of our own is part of it; whoever comes later changes
 * that word and wakes it, and the next call holds everybody.
 * INV-SLEEP-02: the kernel compares each word with what its sleeper had seen, so a bell that rings between two calls
 * ends the next one at once.
 * INV-SLEEP-03: when one sleeper's time is up, all that are in the last quarter of theirs wake with it: sleepers of one
 * process fall into step, and many wake it as seldom as one.
 */
import { FUTEX_WAKE, libc } from '../libc.js';

const WAITER_LENGTH = 24;
const FUTEX_32_SHARED = 2;
/** The kernel's limit, less the control word. */
const MOST_SLEEPERS = 127;

/** Something that sleeps on a word of shared memory. */
export interface Sleeper {
  readonly address: bigint;
  /** What the word was when the sleep was announced. */
  readonly announced: number;
  /** When it wakes at the latest: `performance.now()`. */
  readonly deadline: number;
  /** From when on it wakes with others that are due: sleepers of one process fall into step. */
  readonly earliest: number;
  /** Whether the word has changed, or can never change again. */
  isOver(): boolean;
  wake(): void;
}

const sleepers = new Set<Sleeper>();
const control = new Int32Array(new ArrayBuffer(4096));
/** Both stay referenced: the kernel reads them when the pool thread gets to run. */
const waiters = Buffer.alloc((MOST_SLEEPERS + 1) * WAITER_LENGTH);
const time = Buffer.alloc(16);
let underWay = false;
let scheduled = false;
let atExit = false;
let supported: boolean | undefined;

/** Whether this kernel can do it. */
export function canShareSleep(): boolean {
  supported ??= libc().hasFutexWaitv();
  return supported;
}

/** Sleeps until the word changes or the deadline comes. */
export function sleepShared(sleeper: Sleeper): void {
  sleepers.add(sleeper);
  if (underWay) wakeShared();
  else schedule();
}

/** Ends the call that is under way, which then looks at everybody. */
export function wakeShared(): void {
  if (!underWay) return;
  Atomics.add(control, 0, 1);
  libc().futex(libc().addressOf(control.buffer), FUTEX_WAKE, 1, null);
}

/** The readers that woke together go to sleep together: the next call waits for them. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    wakeDue();
    if (sleepers.size > 0 && !underWay) sleep();
  });
}

function sleep(): void {
  let count = 0;
  let deadline = Number.POSITIVE_INFINITY;
  put(count++, libc().addressOf(control.buffer), Atomics.load(control, 0));
  for (const sleeper of sleepers) {
    if (count <= MOST_SLEEPERS) put(count++, sleeper.address, sleeper.announced);
    deadline = Math.min(deadline, sleeper.deadline);
  }
  const [seconds, nanos] = process.hrtime();
  const end =
    BigInt(seconds) * 1_000_000_000n +
    BigInt(nanos) +
    BigInt(Math.ceil(Math.max(0, deadline - performance.now()) * 1e6));
  time.writeBigInt64LE(end / 1_000_000_000n, 0);
  time.writeBigInt64LE(end % 1_000_000_000n, 8);
  if (!atExit) process.on('exit', wakeShared);
  atExit = true;
  underWay = true;
  libc().futexWaitvAsync(waiters, count, time, onCallEnd);
}

/**
 * Whose bell rang is woken first, and nothing else is done before they look at their channels: code that runs a few
 * times a second is not in any cache, and each line of it is time that a record waits.
 */
function onCallEnd(): void {
  underWay = false;
  for (const sleeper of sleepers) {
    if (sleeper.isOver()) wake(sleeper);
  }
  if (sleepers.size > 0) schedule();
}

/** Wakes those whose bell rang, and those whose time is up. */
function wakeDue(): void {
  const now = performance.now();
  let someDue = false;
  for (const { deadline } of sleepers) someDue ||= now >= deadline;
  for (const sleeper of sleepers) {
    if (now >= (someDue ? sleeper.earliest : sleeper.deadline) || sleeper.isOver()) wake(sleeper);
  }
}

function wake(sleeper: Sleeper): void {
  sleepers.delete(sleeper);
  sleeper.wake();
}

function put(index: number, address: bigint, value: number): void {
  const at = index * WAITER_LENGTH;
  waiters.writeBigUInt64LE(BigInt(value >>> 0), at);
  waiters.writeBigUInt64LE(address, at + 8);
  waiters.writeUInt32LE(FUTEX_32_SHARED, at + 16);
  waiters.writeUInt32LE(0, at + 20);
}
