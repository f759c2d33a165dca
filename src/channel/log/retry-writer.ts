/**
 * Many producers of one process on one log channel: worker threads, each with a mapping of its own, take turns behind a
 * mutex. Source: kekbit 0.3.3 `RetryWriter`.
 *
 * A thread that is terminated in the middle of a write keeps the mutex; all others answer `Busy` until the owner hears
 * of the thread's end ({@link RetryWriter.watch}), takes the mutex from it, finds in the channel whether its record was
 * published, clears what was not, and frees the mutex.
 */
import fs from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { RingwireError, selectBackend } from '../../platform/index.js';
import { closeAtExit } from '../core/close-on-exit.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { WORD } from '../core/record-header.js';
import { refusal } from '../core/write-errors.js';
import { WriteResult, type Writer } from '../core/writer.js';
import { channelPathsOfFile } from '../files/channel-path.js';
import { BellFile } from '../files/doorbell-file.js';
import { openLogFile } from './log-file.js';
import { ShmReader } from './log-reader.js';
import { DATA_OFFSET } from './log-record-layout.js';
import { scanLog } from './log-scan.js';
import { ShmWriter } from './log-writer.js';
import { markOf, SharedWriterState } from './shared-writer-state.js';
import { clearUncommittedTail } from './uncommitted-tail.js';

/** What a worker needs to write to the channel of another thread; goes through `postMessage` and `workerData`. */
export interface RetryWriterHandle {
  readonly path: string;
  readonly inode: bigint;
  readonly state: SharedArrayBuffer;
}

/** How long {@link RetryWriter.close} waits for the threads that write, in milliseconds. */
const CLOSE_WAIT_MILLIS = 1000;

/** A writer that the threads of one process share. */
export class RetryWriter implements Writer {
  readonly #writer: ShmWriter;
  readonly #state: SharedWriterState;
  readonly #isOwner: boolean;
  #claimed = false;
  #detached = false;
  #stayOpen: (() => void) | null = null;

  /** Takes over `writer`, which must not be used any more; closing this closes it. */
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
    const paths = channelPathsOfFile(handle.path);
    const file = openLogFile(paths, true);
    try {
      if (fs.fstatSync(file.fd, { bigint: true }).ino !== handle.inode) {
        const message = `${handle.path} is another file than the one that was shared`;
        throw new RingwireError('STORAGE_NOT_FOUND', message, { path: handle.path });
      }
      const length = Math.min(file.length, DATA_OFFSET + file.header.capacity + WORD);
      // The owner of the channel has allocated every block: no other inode is accepted here.
      const mapping = selectBackend(length).map(file.fd, length, true);
      const writer = new ShmWriter({
        file,
        mapping,
        bell: BellFile.open(paths.bell, file.header),
        position: 0,
      });
      return new RetryWriter(writer, new SharedWriterState(handle.state));
    } catch (error) {
      fs.closeSync(file.fd);
      throw error;
    }
  }

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

  /** For {@link attach}, in any number of threads; every worker that gets it should be {@link watch}ed. */
  share(): RetryWriterHandle {
    const { file } = this.#writer.parts;
    const inode = fs.fstatSync(file.fd, { bigint: true }).ino;
    return { path: this.path, inode, state: this.#state.memory };
  }

  /**
   * Clears up after a worker that ends in the middle of a write, so that the others can continue. To be called by the
   * thread that started the worker, before it runs for long.
   */
  watch(worker: Worker): void {
    const mark = markOf(worker.threadId);
    worker.once('exit', () => {
      if (!this.#isClosed() && this.#state.inherit(mark)) this.#clearUp();
    });
  }

  /** @throws RingwireError `WRITERS_CONTEND` when other threads were writing all the time; what `ShmWriter.write` throws */
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

  /** All other producers get `Busy` until the claim is committed or aborted. */
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
   * Where the writer was made: ends the channel for all threads. In a worker: detaches it, and the others continue.
   * @throws RingwireError `WRITERS_CONTEND` when some thread has been in the middle of a write for a second; try again then
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

  /** @returns 0, or why not */
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
    const { file, mapping } = this.#writer.parts;
    try {
      const { position, error } = scanLog(ShmReader.over(file, mapping));
      if (error !== null) this.#state.markClosed();
      else
        clearUncommittedTail(
          Buffer.from(mapping.memory, DATA_OFFSET, mapping.length - DATA_OFFSET),
          position + WORD,
        );
      this.#state.position = position;
    } finally {
      this.#state.leave();
    }
  }

  #fail(result: number, length: number): never {
    throw result === WriteResult.Busy ? this.#busy() : refusal(this, result, length);
  }

  #busy(): RingwireError {
    return new RingwireError(
      'WRITERS_CONTEND',
      `other threads are writing to ${this.path} all the time: try again`,
      {
        path: this.path,
      },
    );
  }
}
