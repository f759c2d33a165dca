/**
 * Reusable buffers, so that requests and log frames create no garbage. Node's collector lets 64 MiB of buffers
 * accumulate before it runs, so an attacker could claim that memory with garbage.
 *
 * Sizes go in steps of an eighth of a power of two: a buffer is at most 1/8 (and 1 KiB) longer than was asked for.
 */

const SMALLEST = 1024;
/**
 * Larger buffers are rare (snapshots) and left to the collector. A frame of 256 KiB of log is frequent: a follower of a
 * flood gets nothing else.
 */
const LARGEST = 512 * 1024;
const STEPS = 8;
/** Bytes kept for reuse. */
const MOST_KEPT = 2 * 1024 * 1024;

/** Keeps buffers by size. */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>();
  #kept = 0;

  /** A buffer of at least `size` bytes with arbitrary contents. */
  take(size: number): Buffer {
    const rounded = roundUp(size);
    const buffer = this.#free.get(rounded)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(rounded);
    this.#kept -= rounded;
    return buffer;
  }

  /** Returns a whole buffer of {@link take}; the caller must not use it afterwards. */
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
