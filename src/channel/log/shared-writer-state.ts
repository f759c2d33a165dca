/**
 * What the threads of one process share of a writer: 32-bit words in a SharedArrayBuffer.
 *
 *   +------------------------------------------------+
 *  0| mutex: 0, or 1 + id of the thread that has it  |
 *   +------------------------------------------------+
 *  1| 1 when the writer is closed                    |
 *   +------------------------------------------------+
 *  2| position of the next record, in words of 8     |
 *   +------------------------------------------------+
 *
 * INV-SHARE-01: only the thread that has the mutex stores into the channel, the position, or the closed flag.
 * INV-SHARE-02: the mutex of a thread that ended is passed on only when the thread is known to have stopped, and with
 * the position that the channel itself shows.
 */
import { threadId } from 'node:worker_threads';
import { backoff } from '../core/bounded-backoff.js';
import { WORD } from '../core/record-header.js';

const MUTEX = 0;
const CLOSED = 1;
const POSITION = 2;
const LENGTH = 3;

/** The mark of a thread in the mutex. */
export function markOf(thread: number): number {
  return thread + 1;
}

/** The shared words, seen by one thread. */
export class SharedWriterState {
  readonly memory: SharedArrayBuffer;
  readonly #i32: Int32Array;
  readonly #mark = markOf(threadId);

  constructor(memory = new SharedArrayBuffer(LENGTH * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#i32 = new Int32Array(memory);
  }

  get closed(): boolean {
    return Atomics.load(this.#i32, CLOSED) === 1;
  }

  markClosed(): void {
    Atomics.store(this.#i32, CLOSED, 1);
  }

  /** In bytes. */
  get position(): number {
    return Atomics.load(this.#i32, POSITION) * WORD;
  }

  set position(position: number) {
    Atomics.store(this.#i32, POSITION, position / WORD);
  }

  /** Takes the mutex, trying 12 times with growing pauses. @returns false when it never was free */
  tryEnter(): boolean {
    for (let n = 0; ; n++) {
      const holder = Atomics.compareExchange(this.#i32, MUTEX, 0, this.#mark);
      if (holder === 0) return true;
      // Waiting for this thread itself never ends: a claim of it is open.
      if (holder === this.#mark || !backoff(n)) return false;
    }
  }

  /** The same, waiting for up to `millis`. */
  enterWithin(millis: number): boolean {
    const deadline = performance.now() + millis;
    while (!this.tryEnter()) {
      const holder = Atomics.load(this.#i32, MUTEX);
      const left = deadline - performance.now();
      if (left <= 0 || holder === this.#mark) return false;
      if (holder !== 0) Atomics.wait(this.#i32, MUTEX, holder, left);
    }
    return true;
  }

  leave(): void {
    Atomics.store(this.#i32, MUTEX, 0);
    Atomics.notify(this.#i32, MUTEX);
  }

  /** Takes the mutex from a thread that has stopped. @returns false when that thread does not have it */
  inherit(mark: number): boolean {
    return Atomics.compareExchange(this.#i32, MUTEX, mark, this.#mark) === mark;
  }
}
