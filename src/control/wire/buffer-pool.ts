/**
 * Buffers that are used again: what clients send and what followers get makes no garbage. Node's collector lets 64 MiB
 * of buffers pile up before it looks at them, so garbage would be the memory an attacker can take.
 *
 * Sizes go in steps of an eighth of a power of two: a buffer is at most 1/8 (and 1 KiB) longer than was asked for.
 */

const SMALLEST = 1024;
/**
 * Larger ones are rare (snapshots): they are made and left to the collector. A frame around 256 KiB of a log is not: it
 * is what a follower of a flood gets all the time.
 */
const LARGEST = 512 * 1024;
const STEPS = 8;
/** Bytes kept for the next one. */
const MOST_KEPT = 2 * 1024 * 1024;

export class BufferPool {
  readonly #free = new Map<number, Buffer[]>();
  #kept = 0;

  /** A buffer of at least `size` bytes, with anything in it. */
  take(size: number): Buffer {
    const rounded = roundUp(size);
    const buffer = this.#free.get(rounded)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(rounded);
    this.#kept -= rounded;
    return buffer;
  }

  /** Gives back a whole buffer of {@link take}; nobody may look at it any more. */
  give(buffer: Buffer): void {
    const { length } = buffer;
    if (length > LARGEST || this.#kept + length > MOST_KEPT) return;
    const free = this.#free.get(length);
    if (free === undefined) this.#free.set(length, [buffer]);
    else free.push(buffer);
    this.#kept += length;
  }
}

function roundUp(size: number): number {
  if (size <= SMALLEST) return SMALLEST;
  if (size > LARGEST) return size;
  const step = 2 ** Math.floor(Math.log2(size)) / STEPS;
  return Math.ceil(size / step) * step;
}
