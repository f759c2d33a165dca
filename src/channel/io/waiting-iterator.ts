/**
 * The iterator of a waiting iteration, written out instead of an async generator: an available item costs one resolved
 * promise and one turn of the microtask queue. Measured with records of 64 bytes on Node 20, copy included: 130 ns
 * against 220.
 */
import { DoorbellIdle, type IdleStrategy, onAbort } from '../../platform/index.js';
import type { Reader, RecordsOptions } from '../core/reader.js';
import { EndWatch } from './end-watch.js';

/** Records delivered between two turns of the event loop. */
export const BURST = 256;

/** The result of `take` when no item is available. An item may be null. */
export const NONE = Symbol('none');

type Result<T> = IteratorResult<T, undefined>;

/**
 * Iterates over items and waits for more until the source ends or the signal aborts. Calls that overlap are answered in
 * their order, as by an async generator.
 */
export abstract class WaitingIterator<T> implements AsyncGenerator<T, undefined, undefined> {
  /** Records delivered since the last turn of the event loop. */
  protected burst = 0;
  readonly #source: Pick<Reader, 'doorbell' | 'endReason'>;
  readonly #most: number;
  readonly #signal: AbortSignal | undefined;
  readonly #idle: IdleStrategy;
  readonly #watch: EndWatch;
  /** Withdraws the action on the signal; null before the first call. */
  #stopListening: (() => void) | null = null;
  #ended = false;
  /** The last call that is not answered yet. */
  #last: Promise<unknown> | null = null;

  /** @param most records between two turns of the event loop, which must run even if the records never end */
  constructor(
    source: Pick<Reader, 'doorbell' | 'endReason'>,
    most: number,
    { signal, idle = new DoorbellIdle(source), onLate }: RecordsOptions,
  ) {
    this.#source = source;
    this.#most = most;
    this.#signal = signal;
    this.#idle = idle;
    this.#watch = new EndWatch(source, onLate);
  }

  /** Takes the next item, if any, and adds its records to {@link burst}. Otherwise returns {@link NONE}. */
  protected abstract take(): T | typeof NONE;

  next(): Promise<Result<T>> {
    if (this.#last !== null || this.#stopListening === null) return this.#inTurn(() => this.#wait());
    try {
      const item = this.#takeNow();
      if (item !== NONE) return Promise.resolve({ done: false, value: item });
    } catch (error) {
      this.#end();
      return Promise.reject(error);
    }
    return this.#inTurn(() => this.#wait());
  }

  return(): Promise<Result<T>> {
    return this.#inTurn(async () => this.#end());
  }

  throw(error: unknown): Promise<Result<T>> {
    return this.#inTurn(async () => {
      this.#end();
      throw error;
    });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #takeNow(): T | typeof NONE {
    if (this.#ended || this.burst >= this.#most || this.#signal?.aborted) return NONE;
    const item = this.take();
    if (item !== NONE) this.#watch.reset();
    return item;
  }

  async #wait(): Promise<Result<T>> {
    if (this.#ended) return { done: true, value: undefined };
    this.#stopListening ??= onAbort(this.#signal, () => this.#source.doorbell?.ringNow());
    try {
      while (!this.#signal?.aborted) {
        const item = this.#takeNow();
        if (item !== NONE) return { done: false, value: item };
        const { burst } = this;
        this.burst = 0;
        const next = burst > 0 ? 'wait' : this.#watch.onNothing();
        if (next === 'end') break;
        if (next === 'wait') await this.#idle.idleAsync(burst);
      }
    } catch (error) {
      this.#end();
      throw error;
    }
    return this.#end();
  }

  #end(): Result<T> {
    if (!this.#ended) this.#stopListening?.();
    this.#ended = true;
    return { done: true, value: undefined };
  }

  /** Calls `answer` after every earlier call is answered. */
  #inTurn(answer: () => Promise<Result<T>>): Promise<Result<T>> {
    const result = this.#last === null ? answer() : this.#last.then(answer, answer);
    const answered = () => {
      if (this.#last === result) this.#last = null;
    };
    this.#last = result;
    result.then(answered, answered);
    return result;
  }
}
