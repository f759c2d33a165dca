/**
 * Copies records into one target. A short buffer that is written again and again is copied word by word through a 64-bit
 * view of it, every other one by `set`: 4 ns against 8 to 10 for 64 bytes. A view of a buffer that is used once does not
 * pay: reading its property `buffer` alone costs 12 to 22 ns.
 */

/** Longest buffer in bytes that gets a view. */
const LONGEST = 64;
/** The last of the slots, whose number is a power of 2. */
const LAST_SLOT = 255;
/**
 * Every eighth other buffer of a slot is remembered: a store of a new object into an old one costs 3 ns, and a buffer that
 * comes again becomes known soon enough.
 */
const LAST_USE = 7;
const NO_WORDS = new BigInt64Array(0);
/** Called directly: the look-up of the method costs 2 ns. */
const setBytes = Uint8Array.prototype.set;

/** The remembered buffer of a slot, which stays in memory until another one takes its place. */
interface Slot {
  source: Uint8Array | null;
  /** The whole words of the buffer; created at its second use. */
  words: BigInt64Array;
  /** Uses of other buffers, modulo 8. */
  uses: number;
}

/** Copies sources into one target. */
export class SourceViews {
  readonly #target: Uint8Array;
  readonly #targetWords: BigInt64Array;
  readonly #slots: readonly Slot[] = Array.from({ length: LAST_SLOT + 1 }, emptySlot);

  /** Both views cover the same memory from the same byte. */
  constructor(target: Uint8Array, targetWords: BigInt64Array) {
    this.#target = target;
    this.#targetWords = targetWords;
  }

  /** The length of a Uint8Array of this realm, or -1 for any other value. {@link copyKnown} may be called with it. */
  knownLength(source: Uint8Array): number {
    // The length first: the engine then knows the type of a usual buffer and needs no search through its prototypes.
    const length = source?.length;
    return source instanceof Uint8Array && length >>> 0 === length ? length : -1;
  }

  /**
   * The words of a batch, with one word before each record. -1 if a record has no {@link knownLength}, or one that is not
   * from `shortest` to `longest` bytes.
   */
  knownWords(records: readonly Uint8Array[], shortest: number, longest: number): number {
    const count = records.length;
    let words = 0;
    for (let i = 0; i < count; i++) {
      const length = this.knownLength(records[i] as Uint8Array);
      if (length < shortest || length > longest) return -1;
      words += (length + 15) >>> 3;
    }
    return words;
  }

  /**
   * Copies a source to word index `at` of the target.
   * @param length its {@link knownLength}
   * @param slot any number; the same for the same buffer
   */
  copyKnown(source: Uint8Array, length: number, at: number, slot: number): void {
    const known = this.#slots[slot & LAST_SLOT] as Slot;
    // A buffer may have been resized or transferred after the view was created.
    if (known.source === source && known.words.length === length >>> 3) {
      copyWords(this.#targetWords, at, known.words, length >>> 3);
      if ((length & 7) !== 0) copyBytes(this.#target, at * 8, source, length & ~7, length);
    } else {
      // A subclass may have a property `length` below the real one, which `set` copies.
      if (source[length] === undefined) setBytes.call(this.#target, source, at * 8);
      else copyBytes(this.#target, at * 8, source, 0, length);
      if (length <= LONGEST) remember(known, source);
    }
  }

  /** Copies any source to word index `at` of the target. */
  copy(source: Uint8Array, at: number, slot: number): void {
    this.copyKnown(source, source.length, at, slot);
  }

  /** Forgets all sources. */
  clear(): void {
    for (const slot of this.#slots) Object.assign(slot, emptySlot());
  }
}

function emptySlot(): Slot {
  return { source: null, words: NO_WORDS, uses: 0 };
}

function remember(slot: Slot, source: Uint8Array): void {
  if (slot.source !== source) {
    slot.uses = (slot.uses + 1) & LAST_USE;
    if (slot.uses !== 0) return;
    slot.source = source;
    slot.words = NO_WORDS;
    return;
  }
  const { length, byteOffset } = source;
  if (byteOffset % 8 === 0 && source[length - 1] !== undefined) {
    slot.words = new BigInt64Array(source.buffer, byteOffset, length >>> 3);
  }
}

function copyBytes(target: Uint8Array, start: number, source: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) target[start + i] = source[i] as number;
}

/**
 * 0 to 8 words. Written out: a loop over single words takes three times as long, and a loop without another one inside
 * is what the compiler makes most of.
 */
export function copyWords(to: BigInt64Array, at: number, from: BigInt64Array, count: number): void {
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
