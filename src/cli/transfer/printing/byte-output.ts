/** Standard output with one reusable buffer; waits while the reader of the output is slow. */
import { onAbort } from '../../../platform/index.js';

const FIRST_SIZE = 512 * 1024;
const NEWLINE = 10;

/**
 * INV-OUTPUT-01: bytes are copied into the buffer only after it has grown, and the buffer is private: no caller can
 * hold one that was replaced.
 */
export class ByteOutput {
  /** Bytes in the buffer. */
  used = 0;
  readonly #signal: AbortSignal;
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);

  /** An abort ends the wait for a reader that does not read. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether output has stopped. */
  get isAborted(): boolean {
    return this.#signal.aborted;
  }

  /** Adds `length` bytes of a buffer. */
  append(source: Buffer, offset: number, length: number): void {
    const at = this.#reserve(length);
    source.copy(this.#bytes, at, offset, offset + length);
  }

  /** Adds `length` bytes and a newline. */
  appendLine(source: Buffer, offset: number, length: number): void {
    const at = this.#reserve(length + 1);
    source.copy(this.#bytes, at, offset, offset + length);
    this.#bytes[at + length] = NEWLINE;
  }

  /** Adds a text as UTF-8. */
  appendText(text: string): void {
    const length = Buffer.byteLength(text);
    const at = this.#reserve(length);
    this.#bytes.write(text, at, length);
  }

  /** Adds a number of 32 bits, little endian. */
  appendUint32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  /** Writes the buffer; resolves when the stream has taken it, or when the signal aborts. */
  async flush(): Promise<void> {
    if (this.used === 0 || this.#signal.aborted) return;
    const { used } = this;
    await new Promise<void>((resolve) => {
      const stopListening = onAbort(this.#signal, resolve);
      // An error is also an event of the stream, and ends the process there.
      process.stdout.write(this.#bytes.subarray(0, used), () => {
        stopListening();
        resolve();
      });
    });
    this.used = 0;
  }

  /** Grows the buffer for `length` more bytes. @returns where they go */
  #reserve(length: number): number {
    const at = this.used;
    const end = at + length;
    if (end > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.used = end;
    return at;
  }
}
