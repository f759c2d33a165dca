/** Reads one record at a time with three results. Source: kekbit 0.3.3 `try_iter`, `ReadResult`, `RetryIter`. */

import { backoff, type Reader, TimeoutReader } from '../channel/index.js';
import { RingwireError } from '../platform/index.js';

/** Result of one read: a `record`, `nothing` if none is available, or `failed` with the reason of the end. */
export type ReadResult =
  | { readonly kind: 'record'; readonly record: Buffer }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly error: RingwireError };

/**
 * An iterator that never waits. It ends when the channel has ended, and stays at its end. A loop that was left early
 * may continue with the same iterator.
 */
export interface ReadIterator extends IterableIterator<ReadResult, undefined> {
  /** Bounds of the number of remaining results: `[0, null]` while more may follow, `[0, 0]` at the end. */
  sizeHint(): readonly [number, number | null];
}

const NOTHING: ReadResult = { kind: 'nothing' };
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Iterates over the available records. Returns a copy of the next record, `nothing` if none is available, or once
 * `failed` with the reason of the end (closed, a timeout, damage), and then ends.
 */
export function tryIter(reader: Reader): ReadIterator {
  return new ReaderIterator(reader);
}

class ReaderIterator implements ReadIterator {
  readonly #reader: Reader;
  #ended = false;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<ReadResult, undefined> {
    if (this.#ended) return DONE;
    const reader = this.#reader;
    const endedBefore = reader.endReason !== null;
    try {
      const record = reader.tryRead();
      if (record !== null) return { done: false, value: { kind: 'record', record } };
    } catch (error) {
      if (!(error instanceof RingwireError)) throw error;
      return this.#fail(error);
    }
    const { endReason } = reader;
    if (endReason === null) return { done: false, value: NOTHING };
    if (!endedBefore) return this.#fail(endReason);
    this.#ended = true;
    return DONE;
  }

  sizeHint(): readonly [number, number | null] {
    return [0, this.#ended || hasEnded(this.#reader) ? 0 : null];
  }

  #fail(error: RingwireError): IteratorResult<ReadResult, undefined> {
    this.#ended = true;
    return { done: false, value: { kind: 'failed', error } };
  }
}

/**
 * Whether the channel has ended for this reader. Only a final timeout, such as that of a {@link TimeoutReader}, ends
 * a reader.
 */
function hasEnded(reader: Reader): boolean {
  const { endReason } = reader;
  return endReason !== null && (endReason.code !== 'TIMEOUT' || reader instanceof TimeoutReader);
}

/**
 * Like {@link tryIter}, but returns `nothing` only after 12 tries with growing pauses, a few microseconds in
 * total.
 *
 * @example
 * ```ts
 * for (const result of new RetryIter(reader)) {
 *   if (result.kind === 'record') handle(result.record);
 * }
 * ```
 */
export class RetryIter implements ReadIterator {
  readonly #iterator: ReadIterator;

  /** Iterates over the records of a reader, or adds the retries to an iterator. */
  constructor(source: Reader | ReadIterator) {
    this.#iterator = 'sizeHint' in source ? source : tryIter(source);
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Reads the next record; see {@link tryIter}. */
  next(): IteratorResult<ReadResult, undefined> {
    let result = this.#iterator.next();
    for (let n = 0; !result.done && result.value.kind === 'nothing' && backoff(n); n++)
      result = this.#iterator.next();
    return result;
  }

  sizeHint(): readonly [number, number | null] {
    return this.#iterator.sizeHint();
  }
}
