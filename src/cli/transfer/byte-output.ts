/** Standard output behind one buffer that is used again and again; waits for whoever reads. */

const FIRST_SIZE = 512 * 1024;

export class ByteOutput {
  /** Where to put bytes, after {@link reserve}. */
  bytes = Buffer.allocUnsafe(FIRST_SIZE);
  /** Bytes that wait to be written. */
  used = 0;
  readonly #signal: AbortSignal;

  /** An abort ends the waiting for a reader that does not read. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Makes room for `length` more bytes and counts them as used. @returns where they go in {@link bytes} */
  reserve(length: number): number {
    const at = this.used;
    const end = at + length;
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    this.used = end;
    return at;
  }

  append(text: string): void {
    const length = Buffer.byteLength(text);
    this.bytes.write(text, this.reserve(length), length);
  }

  /** Writes everything and returns when it was taken, or when the signal came. */
  async flush(): Promise<void> {
    if (this.used === 0 || this.#signal.aborted) return;
    const { used } = this;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.#signal.removeEventListener('abort', done);
        resolve();
      };
      this.#signal.addEventListener('abort', done);
      // An error is an event of the stream, too, and ends the process there.
      process.stdout.write(this.bytes.subarray(0, used), done);
    });
    this.used = 0;
  }
}
