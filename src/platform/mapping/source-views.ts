/**
 * Copies records into one target. A short buffer that is written again and again is copied word by word through a 64-bit
 * view of it, every other one by `set`: 4 ns against 8 to 10 for 64 bytes. A view of a buffer that is used once does not
 * pay: reading its property `buffer` alone costs 12 to 22 ns.
 */

/** Longest buffer in bytes that gets a view. */
const LONGEST = 64;
/** Records of a batch that can all be known. */
const LONGEST_BATCH = 256;
/**
 * Every eighth other buffer is remembered: a store of a new object into an old one costs 3 ns, and a buffer that
 * comes again becomes known soon enough.
 */
const LAST_USE = 7;
const NO_WORDS = new BigInt64Array(0);
/** Called directly: the look-up of the method costs 2 ns. */
const setBytes = Uint8Array.prototype.set;

/** A remembered buffer, which stays in memory until another one takes its place. */
interface Known {
  source: Uint8Array | null;
  /** The whole words of the buffer; created at its second use. */
  words: BigInt64Array;
  /** Its length in bytes when they were created; -1 before. A buffer may be resized or transferred afterwards. */
  bytes: number;
  /** Uses of other buffers, modulo 8. */
  uses: number;
}

/** Copies sources into one target. One buffer of single records is remembered, and one for each index of a batch. */
export class SourceViews {
  readonly #target: Uint8Array;
  readonly #targetWords: BigInt64Array;
  readonly #longest: number = 0;
  readonly #single: Known = unknown();
  /** By the index in a batch; as long as the longest batch so far, at most {@link LONGEST_BATCH}. */
  readonly #batch: Known[] = [];

  /**
   * Both views cover the same memory from the same byte.
   * @param longest bytes of the longest buffer that may become known
   */
  constructor(target: Uint8Array, targetWords: BigInt64Array, longest: number) {
    this.#target = target;
    this.#targetWords = targetWords;
    this.#longest = Math.min(longest, LONGEST);
  }

  /**
   * Copies the known buffer of single records to word index `at` of the target.
   * @returns false, and nothing is copied, if `source` is any other value or its length is not `length`
   */
  copyKnown(source: Uint8Array, length: number, at: number): boolean {
    const known = this.#single;
    if (known.source !== source || known.bytes !== length || source.length !== length) return false;
    copyFewWords(this.#targetWords, at, known.words, length >>> 3);
    if ((length & 7) !== 0) this.#copyRest(source, length, at);
    return true;
  }

  /** Copies a Uint8Array to word index `at` of the target. It may become the known buffer of single records. */
  copy(source: Uint8Array, at: number): void {
    this.#copyAny(this.#single, source, at);
  }

  /**
   * Copies record `index` of a batch to word index `at` of the target, if it is the known buffer of its index and ends at
   * word index `end` at the latest. @returns its length, or -1 if nothing was copied
   */
  copyKnownOf(index: number, source: Uint8Array, at: number, end: number): number {
    const batch = this.#batch;
    if (index >= batch.length) return -1;
    const known = batch[index] as Known;
    const length = known.bytes;
    // The remembered number is a small integer for V8. The property is converted by way of a double where it meets -1.
    if (known.source !== source || source.length !== length || at + ((length + 7) >>> 3) > end) return -1;
    copyFewWords(this.#targetWords, at, known.words, length >>> 3);
    if ((length & 7) !== 0) this.#copyRest(source, length, at);
    return length;
  }

  /** Copies record `index` of a batch, a Uint8Array, to word index `at` of the target. It may become known. */
  copyOf(index: number, source: Uint8Array, at: number): void {
    const batch = this.#batch;
    const slot = index % LONGEST_BATCH;
    while (batch.length <= slot) batch.push(unknown());
    this.#copyAny(batch[slot] as Known, source, at);
  }

  /** Forgets all sources. */
  clear(): void {
    Object.assign(this.#single, unknown());
    this.#batch.length = 0;
  }

  /** Copies the bytes after the last whole word. */
  #copyRest(source: Uint8Array, length: number, at: number): void {
    copyBytes(this.#target, at * 8, source, length & ~7, length);
  }

  #copyAny(known: Known, source: Uint8Array, at: number): void {
    const { length } = source;
    // `set` refuses memory that was transferred, which has no bytes.
    if (length === 0) return;
    // A subclass may have a property `length` below the real one, which `set` copies.
    if (source[length] === undefined) setBytes.call(this.#target, source, at * 8);
    else copyBytes(this.#target, at * 8, source, 0, length);
    if (length <= this.#longest) remember(known, source, length);
  }
}

function unknown(): Known {
  return { source: null, words: NO_WORDS, bytes: -1, uses: 0 };
}

function remember(known: Known, source: Uint8Array, length: number): void {
  if (known.source !== source) {
    known.uses = (known.uses + 1) & LAST_USE;
    if (known.uses !== 0) return;
    known.source = source;
    known.bytes = -1;
  } else if (known.bytes !== length && source.byteOffset % 8 === 0 && source[length - 1] !== undefined) {
    known.words = new BigInt64Array(source.buffer, source.byteOffset, length >>> 3);
    known.bytes = length;
  }
}

function copyBytes(target: Uint8Array, start: number, source: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) target[start + i] = source[i] as number;
}

/**
 * 0 to 8 words. Written out: a loop over single words takes three times as long, and a loop without another one inside
 * is what the compiler makes most of.
 */
export function copyFewWords(to: BigInt64Array, at: number, from: BigInt64Array, count: number): void {
  if (count === 8) {
    to[at + 7] = from[7] as bigint;
    to[at] = from[0] as bigint;
    to[at + 1] = from[1] as bigint;
    to[at + 2] = from[2] as bigint;
    to[at + 3] = from[3] as bigint;
    to[at + 4] = from[4] as bigint;
    to[at + 5] = from[5] as bigint;
    to[at + 6] = from[6] as bigint;
    return;
  }
  let i = 0;
  if (count & 4) {
    to[at + 3] = from[3] as bigint;
    to[at] = from[0] as bigint;
    to[at + 1] = from[1] as bigint;
    to[at + 2] = from[2] as bigint;
    i = 4;
  }
  if (count & 2) {
    to[at + i + 1] = from[i + 1] as bigint;
    to[at + i] = from[i] as bigint;
    i += 2;
  }
  if (count & 1) to[at + i] = from[i] as bigint;
}
