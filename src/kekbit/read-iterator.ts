/** Reading one record at a time with three answers. Source: kekbit 0.3.3 `try_iter`, `ReadResult`, `RetryIter`. */

import { backoff, type Reader, TimeoutReader } from '../channel/index.js';
import { RingwireError } from '../platform/index.js';

export type ReadResult =
  | { readonly kind: 'record'; readonly record: Buffer }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly error: RingwireError };

/**
 * Never waits. Ends when the channel has ended, and stays ended. A loop that is left early may be entered again with the same
 * iterator: it continues where it stopped.
 */
export interface ReadIterator extends IterableIterator<ReadResult, undefined> {
  /** Bounds of the number of results to come: `[0, null]` while there may be more, `[0, 0]` at the end. */
  sizeHint(): readonly [number, number | null];
}

const NOTHING: ReadResult = { kind: 'nothing' };
const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Iterates over what is there: a copy of the next record; `nothing`, when none is there now; `failed`, once, with the
 * reason why no more will come (the end of the channel, a timeout, damage), and then ends.
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

/** Whether nothing more will come. A timeout ends a reader only where it is final, as that of a {@link TimeoutReader} is. */
function hasEnded(reader: Reader): boolean {
  const { endReason } = reader;
  return endReason !== null && (endReason.code !== 'TIMEOUT' || reader instanceof TimeoutReader);
}

/** The same, where `nothing` is answered only after 12 tries with growing pauses: some microseconds in all. */
export class RetryIter implements ReadIterator {
  readonly #iterator: ReadIterator;

  constructor(source: Reader | ReadIterator) {
    this.#iterator = 'sizeHint' in source ? source : tryIter(source);
  }

  [Symbol.iterator](): this {
    return this;
  }

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
