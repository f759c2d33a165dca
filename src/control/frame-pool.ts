/** Buffers for the frames of followed logs, used again once they are sent: a flood then makes no garbage. */

const BUFFER_SIZE = 132 * 1024;
const MOST_KEPT = 32;

export class FramePool {
  readonly #free: Buffer[] = [];

  /** A buffer of at least `size` bytes. */
  take(size: number): Buffer {
    if (size > BUFFER_SIZE) return Buffer.allocUnsafeSlow(size);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
  }

  /** Gives back what {@link take} gave. */
  give(buffer: Buffer): void {
    if (buffer.length === BUFFER_SIZE && this.#free.length < MOST_KEPT) this.#free.push(buffer);
  }
}
