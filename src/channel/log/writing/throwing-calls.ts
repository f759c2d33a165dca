/** The calls of a log writer that throw, in terms of those that return a negative {@link WriteResult}. */
import type { ChannelHeader } from '../../core/header-layout.js';
import { refusal } from '../../core/write-errors.js';
import type { Writer } from '../../core/writer.js';
import type { WriterParts } from '../writer-parts.js';
import { LogFlusher } from './log-flusher.js';

/** Base of `ShmWriter`. */
export abstract class ThrowingLogCalls
  implements Pick<Writer, 'write' | 'writeUtf8' | 'flush' | 'flushAsync'>, Disposable
{
  /** The header of the log, as its file has it. */
  abstract readonly header: ChannelHeader;
  abstract readonly path: string;
  abstract readonly available: number;
  abstract readonly writeOffset: number;
  readonly #flusher: LogFlusher;

  constructor({ mapping, position }: Pick<WriterParts, 'mapping' | 'position'>) {
    this.#flusher = new LogFlusher(mapping, position);
  }

  abstract tryWrite(data: Uint8Array, length?: number): number;
  abstract tryWriteUtf8(text: string): number;
  abstract close(): void;
  /** @internal @throws RingwireError `CLOSED` */
  protected abstract requireOpen(): void;

  write(data: Uint8Array, length?: number): number {
    const taken = this.tryWrite(data, length);
    if (taken > 0) return taken;
    throw refusal(this, taken, length ?? data.length);
  }

  writeUtf8(text: string): number {
    const taken = this.tryWriteUtf8(text);
    if (taken > 0) return taken;
    throw refusal(this, taken, Buffer.byteLength(text));
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
}
