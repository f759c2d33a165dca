/**
 * State of a writer that the threads of one process share: 32-bit words in a SharedArrayBuffer.
 *
 *   +------------------------------------------------+
 *  0| mutex: 0, or 1 + id of the thread that holds it|
 *   +------------------------------------------------+
 *  1| 1 when the writer is closed                    |
 *   +------------------------------------------------+
 *  2| position of the next record, in words of 8     |
 *   +------------------------------------------------+
 *
 * INV-SHARE-01: only the thread that holds the mutex stores into the channel, the position, or the closed flag.
 * INV-SHARE-02: the mutex of a dead thread is passed on only after the thread has stopped, and with
 * the position found in the channel.
 */
import { threadId } from 'node:worker_threads';
import { backoff } from '../core/bounded-backoff.js';
import { WORD } from '../core/record-header.js';

const MUTEX = 0;
const CLOSED = 1;
const POSITION = 2;
const LENGTH = 3;

/** Value of the mutex while the thread holds it. */
export function markOf(thread: number): number {
  return thread + 1;
}

/** The shared words, from one thread. */
export class SharedWriterState {
  /** The shared memory. */
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

  /** Position of the next record, in bytes. */
  get position(): number {
    return Atomics.load(this.#i32, POSITION) * WORD;
  }

  set position(position: number) {
    Atomics.store(this.#i32, POSITION, position / WORD);
  }

  /**
   * Takes the mutex in at most 12 tries with growing pauses.
   * @returns false if it was never free
   */
  tryEnter(): boolean {
    for (let n = 0; ; n++) {
      const holder = Atomics.compareExchange(this.#i32, MUTEX, 0, this.#mark);
      if (holder === 0) return true;
      // The mutex of this thread is held by its own open claim, so waiting for it would never end.
      if (holder === this.#mark || !backoff(n)) return false;
    }
  }

  /**
   * Takes the mutex and waits up to `millis` milliseconds.
   * @returns false if it was never free
   */
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

  /**
   * Takes the mutex from a stopped thread.
   * @returns false if that thread does not hold it
   */
  inherit(mark: number): boolean {
    return Atomics.compareExchange(this.#i32, MUTEX, mark, this.#mark) === mark;
  }
}
