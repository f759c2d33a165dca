/**
 * Several producers of one process on one log channel. Worker threads, each with its own mapping, take turns with a
 * mutex. Source: kekbit 0.3.3 `RetryWriter`.
 *
 * A thread that is terminated during a write keeps the mutex. All others return `Busy` until the owner detects the
 * end of the thread ({@link RetryWriter.watch}), takes over the mutex, finds in the channel whether its record was
 * published, clears an unpublished one, and releases the mutex.
 */
import type { Worker } from 'node:worker_threads';
import { RingwireError } from '../../platform/index.js';
import { closeAtExit } from '../core/close-on-exit.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { refusal } from '../core/write-errors.js';
import { WriteResult, type Writer } from '../core/writer.js';
import { ShmWriter } from './log-writer.js';
import { markOf, SharedWriterState } from './shared-writer-state.js';
import { attachLog, clearAfterThread, handleOf, type RetryWriterHandle } from './writing/shared-log.js';

export type { RetryWriterHandle } from './writing/shared-log.js';

/** Maximum time that {@link RetryWriter.close} waits for writing threads, in milliseconds. */
const CLOSE_WAIT_MILLIS = 1000;

/**
 * A log writer that the threads of one process share.
 *
 * @example
 * ```ts
 * const writer = new RetryWriter(ShmWriter.create(root, options));
 * const worker = new Worker('./producer.js', { workerData: writer.share() });
 * writer.watch(worker);
 * // In the worker:
 * const producer = RetryWriter.attach(workerData);
 * producer.write(Buffer.from('hello'));
 * ```
 */
export class RetryWriter implements Writer {
  readonly #writer: ShmWriter;
  readonly #state: SharedWriterState;
  readonly #isOwner: boolean;
  /** Why this thread holds the mutex between two calls: an open claim, or staged records. */
  #pending: 'none' | 'claim' | 'stage' = 'none';
  #detached = false;
  #stayOpen: (() => void) | null = null;

  /** Takes ownership of `writer`, which the caller must not use any more. Closing this writer closes it. */
  constructor(writer: ShmWriter);
  /** @internal */
  constructor(writer: ShmWriter, state: SharedWriterState | undefined);
  constructor(writer: ShmWriter, state?: SharedWriterState) {
    this.#writer = writer;
    this.#isOwner = state === undefined;
    this.#state = state ?? new SharedWriterState();
    if (state === undefined) this.#state.position = writer.writeOffset;
    if (writer.passExit()) this.#stayOpen = closeAtExit(this);
  }

  /**
   * Attaches a worker thread to the channel that another thread of this process shares.
   * @throws RingwireError `STORAGE_NOT_FOUND` if the channel was removed or replaced; the errors of opening a channel
   */
  static attach(handle: RetryWriterHandle): RetryWriter {
    const writer = attachLog(handle, (parts) => new ShmWriter(parts));
    return new RetryWriter(writer, new SharedWriterState(handle.state));
  }

  /** The header of the log, as its file has it. */
  get header(): ChannelHeader {
    return this.#writer.header;
  }

  get path(): string {
    return this.#writer.path;
  }

  get buffer(): Buffer {
    return this.#writer.buffer;
  }

  get available(): number {
    if (this.#isClosed()) return 0;
    if (this.#pending === 'none') this.#writer.syncPosition(this.#state.position);
    return this.#writer.available;
  }

  get writeOffset(): number {
    return this.#state.position;
  }

  /**
   * Returns the handle for {@link attach} in any number of threads. Call {@link watch} for every worker that receives
   * it.
   */
  share(): RetryWriterHandle {
    return handleOf(this.#writer.parts, this.#state.memory);
  }

  /**
   * Cleans up after a worker that ends during a write, so that the others can continue. The thread that started the
   * worker calls it right after the start.
   */
  watch(worker: Worker): void {
    const mark = markOf(worker.threadId);
    worker.once('exit', () => {
      if (!this.#isClosed() && this.#state.inherit(mark)) this.#clearUp();
    });
  }

  /**
   * Publishes a record; see `Writer.write`.
   * @throws RingwireError `WRITERS_CONTEND` if other threads kept the writer busy; the errors of `ShmWriter.write`
   */
  write(data: Uint8Array, length?: number): number {
    const taken = this.tryWrite(data, length);
    return taken > 0 ? taken : this.#fail(taken, length ?? data.length);
  }

  tryWrite(data: Uint8Array, length?: number): number {
    const refused = this.#enter();
    if (refused < 0) return refused;
    try {
      return this.#writer.tryWrite(data, length);
    } finally {
      this.#leave();
    }
  }

  writeUtf8(text: string): number {
    const taken = this.tryWriteUtf8(text);
    return taken > 0 ? taken : this.#fail(taken, Buffer.byteLength(text));
  }

  tryWriteUtf8(text: string): number {
    const refused = this.#enter();
    if (refused < 0) return refused;
    try {
      return this.#writer.tryWriteUtf8(text);
    } finally {
      this.#leave();
    }
  }

  /**
   * Claims space for a record; see `Writer.tryClaim`. All other producers return `Busy` until the claim is committed
   * or aborted.
   */
  tryClaim(length: number): number {
    if (this.#pending !== 'none') return this.#writer.tryClaim(length);
    const refused = this.#enter();
    if (refused < 0) return refused;
    try {
      const start = this.#writer.tryClaim(length);
      if (start >= 0) this.#pending = 'claim';
      return start;
    } finally {
      if (this.#pending === 'none') this.#leave();
    }
  }

  commit(length?: number): number {
    const taken = this.#writer.commit(length);
    this.#endPending();
    return taken;
  }

  abort(): void {
    this.#writer.abort();
    this.#endPending();
  }

  /**
   * Stages one more record; see `Writer.stage`. All other producers return `Busy` from the first staged record on until
   * the records are published or discarded.
   */
  stage(length: number): number {
    if (this.#pending !== 'none') return this.#writer.stage(length);
    const refused = this.#enter();
    if (refused < 0) return refused;
    try {
      const start = this.#writer.stage(length);
      if (start >= 0) this.#pending = 'stage';
      return start;
    } finally {
      if (this.#pending === 'none') this.#leave();
    }
  }

  publish(): number {
    if (this.#pending === 'none') {
      if (this.#isClosed()) throw refusal(this, WriteResult.Closed, 0);
      return 0;
    }
    const taken = this.#writer.publish();
    this.#endPending();
    return taken;
  }

  discard(): void {
    if (this.#pending !== 'stage') return;
    this.#writer.discard();
    this.#endPending();
  }

  writeBatch(records: readonly Uint8Array[]): number {
    const refused = this.#enter();
    if (refused < 0) return this.#fail(refused, 0);
    try {
      return this.#writer.writeBatch(records);
    } finally {
      this.#leave();
    }
  }

  heartbeat(): number {
    const refused = this.#enter();
    if (refused < 0) return this.#fail(refused, 0);
    try {
      return this.#writer.heartbeat();
    } finally {
      this.#leave();
    }
  }

  flush(): void {
    this.#catchUp();
    this.#writer.flush();
  }

  async flushAsync(): Promise<void> {
    this.#catchUp();
    return this.#writer.flushAsync();
  }

  /**
   * Closes the channel for all threads if called in the creating thread. Detaches a worker; the other threads
   * continue.
   * @throws RingwireError `WRITERS_CONTEND` if a thread did not finish its write within a second; then try again
   */
  close(): void {
    if (this.#detached) return;
    if (this.#pending === 'claim') this.abort();
    this.discard();
    if (!this.#isOwner) {
      this.#detached = true;
      this.#writer.detach();
      return;
    }
    if (!this.#state.enterWithin(CLOSE_WAIT_MILLIS)) throw this.#busy();
    this.#stayOpen?.();
    try {
      this.#detached = true;
      this.#state.markClosed();
      this.#writer.syncPosition(this.#state.position);
      this.#writer.close();
    } finally {
      this.#state.leave();
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #isClosed(): boolean {
    return this.#detached || this.#state.closed;
  }

  /**
   * Takes the mutex.
   * @returns 0, or a negative `WriteResult`
   */
  #enter(): number {
    if (this.#isClosed()) return WriteResult.Closed;
    if (!this.#state.tryEnter()) return WriteResult.Busy;
    if (this.#state.closed) {
      this.#state.leave();
      return WriteResult.Closed;
    }
    this.#writer.syncPosition(this.#state.position);
    return 0;
  }

  #leave(): void {
    this.#state.position = this.#writer.writeOffset;
    this.#state.leave();
  }

  #endPending(): void {
    this.#pending = 'none';
    this.#leave();
  }

  #catchUp(): void {
    if (this.#isClosed()) throw refusal(this, WriteResult.Closed, 0);
    if (this.#pending === 'none') this.#writer.syncPosition(this.#state.position);
  }

  /** Holds the mutex of a dead thread. Reads the position that the thread reached from the channel. */
  #clearUp(): void {
    try {
      const { position, isSound } = clearAfterThread(this.#writer.parts);
      if (!isSound) this.#state.markClosed();
      this.#state.position = position;
    } finally {
      this.#state.leave();
    }
  }

  #fail(result: number, length: number): never {
    throw result === WriteResult.Busy ? this.#busy() : refusal(this, result, length);
  }

  #busy(): RingwireError {
    const message = `other threads keep the writer of ${this.path} busy: try again`;
    return new RingwireError('WRITERS_CONTEND', message, { path: this.path });
  }
}
