/**
 * Many producers of one process on one log channel: worker threads, each with a mapping of its own, take turns behind a
 * mutex. Source: kekbit 0.3.3 `RetryWriter`.
 *
 * A thread that is terminated in the middle of a write keeps the mutex, and all others return `Busy`. The owner detects
 * the end of the thread ({@link RetryWriter.watch}), takes the mutex over, finds in the channel whether the record was
 * published, clears what was not, and frees the mutex.
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

/** Milliseconds for which {@link RetryWriter.close} waits for threads that write. */
const CLOSE_WAIT_MILLIS = 1000;

/**
 * A writer that the threads of one process share.
 *
 * @example
 * ```ts
 * const writer = new RetryWriter(ShmWriter.create(root, options));
 * writer.watch(new Worker(file, { workerData: writer.share() }));
 * // in the worker:
 * RetryWriter.attach(workerData).write(record);
 * ```
 */
export class RetryWriter implements Writer {
  readonly #writer: ShmWriter;
  readonly #state: SharedWriterState;
  readonly #isOwner: boolean;
  #claimed = false;
  #detached = false;
  #stayOpen: (() => void) | null = null;

  /** Owns `writer` from now on: the caller must not use it any more. Closing this closes it. */
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
   * In a worker thread: a producer on the channel that another thread of this process shares.
   * @throws RingwireError `STORAGE_NOT_FOUND` when the channel is gone or another one has its place; the errors of
   * opening a channel
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
    if (!this.#claimed) this.#writer.syncPosition(this.#state.position);
    return this.#writer.available;
  }

  get writeOffset(): number {
    return this.#state.position;
  }

  /** The handle for {@link attach}, in any number of threads. {@link watch} each worker that gets it. */
  share(): RetryWriterHandle {
    return handleOf(this.#writer.parts, this.#state.memory);
  }

  /**
   * Clears up after a worker that ends in the middle of a write, so that the others can continue. The thread that
   * started the worker calls this right after the start.
   */
  watch(worker: Worker): void {
    const mark = markOf(worker.threadId);
    worker.once('exit', () => {
      if (!this.#isClosed() && this.#state.inherit(mark)) this.#clearUp();
    });
  }

  /** @throws RingwireError `WRITERS_CONTEND` while other threads write all the time; the errors of `ShmWriter.write` */
  write(data: Uint8Array, length: number = data.length): number {
    const taken = this.tryWrite(data, length);
    return taken > 0 ? taken : this.#fail(taken, length);
  }

  tryWrite(data: Uint8Array, length: number = data.length): number {
    const refused = this.#enter();
    if (refused < 0) return refused;
    try {
      return this.#writer.tryWrite(data, length);
    } finally {
      this.#leave();
    }
  }

  /** All other producers return `Busy` until the claim is committed or aborted. */
  tryClaim(length: number): number {
    if (this.#claimed) return this.#writer.tryClaim(length);
    const refused = this.#enter();
    if (refused < 0) return refused;
    try {
      const start = this.#writer.tryClaim(length);
      this.#claimed = start >= 0;
      return start;
    } finally {
      if (!this.#claimed) this.#leave();
    }
  }

  commit(length?: number): number {
    const taken = this.#writer.commit(length);
    this.#endClaim();
    return taken;
  }

  abort(): void {
    this.#writer.abort();
    this.#endClaim();
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
   * In the thread that made the writer: closes the channel for all threads. In a worker: detaches, and the others continue.
   * @throws RingwireError `WRITERS_CONTEND` while another thread is in the middle of a write for a second; try again then
   */
  close(): void {
    if (this.#detached) return;
    if (this.#claimed) this.abort();
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

  /** Takes the mutex. @returns 0, or a negative {@link WriteResult} */
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

  #endClaim(): void {
    this.#claimed = false;
    this.#leave();
  }

  #catchUp(): void {
    if (this.#isClosed()) throw refusal(this, WriteResult.Closed, 0);
    if (!this.#claimed) this.#writer.syncPosition(this.#state.position);
  }

  /** Holds the mutex of a dead thread: the channel shows how far that thread got. */
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
    const message = `other threads are writing to ${this.path} all the time: try again`;
    return new RingwireError('WRITERS_CONTEND', message, { path: this.path });
  }
}
