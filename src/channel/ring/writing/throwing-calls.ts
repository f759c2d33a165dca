/** The calls of a ring writer that throw, in terms of those that return a negative {@link WriteResult}. */
import { NO_BYTES } from '../../core/write-text.js';
import type { Writer } from '../../core/writer.js';
import type { RegisteredReader } from '../reader-slots.js';
import { ringRefusal } from '../ring-errors.js';
import type { RingHeader } from '../ring-header-layout.js';
import type { RingWriterParts } from './open-ring-writer.js';
import { RingFlusher } from './ring-flusher.js';

/** Base of `RingWriter`. */
export abstract class ThrowingRingCalls
  implements
    Pick<Writer, 'write' | 'writeUtf8' | 'writeBatch' | 'heartbeat' | 'flush' | 'flushAsync'>,
    Disposable
{
  /** The header of the ring. */
  abstract readonly header: RingHeader;
  /** The file of the ring. */
  abstract readonly path: string;
  /** Bytes that a record may take now, its header and padding included. */
  abstract readonly available: number;
  /** The readers that have a slot, and their positions. */
  abstract readonly readers: RegisteredReader[];
  abstract readonly writeOffset: number;
  abstract tryWrite(data: Uint8Array, length?: number): number;
  abstract tryWriteUtf8(text: string): number;
  abstract tryWriteBatch(records: readonly Uint8Array[]): number;
  abstract close(): void;
  /** @internal @throws RingwireError `CLOSED` */
  protected abstract requireOpen(): void;

  readonly #flusher: RingFlusher;

  constructor({ file, mapping }: Pick<RingWriterParts, 'file' | 'mapping'>) {
    this.#flusher = new RingFlusher(mapping, file.header.capacity);
  }

  write(data: Uint8Array, length?: number): number {
    const taken = this.tryWrite(data, length);
    return taken > 0 ? taken : this.#require(taken, length ?? data.length);
  }

  writeUtf8(text: string): number {
    const taken = this.tryWriteUtf8(text);
    return taken > 0 ? taken : this.#require(taken, Buffer.byteLength(text));
  }

  writeBatch(records: readonly Uint8Array[]): number {
    return this.#require(this.tryWriteBatch(records), records[0]?.length ?? 0);
  }

  heartbeat(): number {
    return this.#require(this.tryWrite(NO_BYTES), 0);
  }

  flush(): void {
    this.requireOpen();
    this.#flusher.flush(this.writeOffset);
  }

  async flushAsync(): Promise<void> {
    this.requireOpen();
    await this.#flusher.flushAsync(this.writeOffset);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @returns `taken`, unless it is a refusal */
  #require(taken: number, length: number): number {
    if (taken >= 0) return taken;
    throw ringRefusal(this, taken, length);
  }
}
