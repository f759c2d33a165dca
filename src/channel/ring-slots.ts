/**
 * Reader slots of a ring: who must not be overtaken by a back-pressured writer, and how far each has come. 32 slots
 * in the header:
 *
 *      +--------------------------------------------------+
 *    0 | state u32: generation * 4 + 0 free, 1 joining,   |
 *      | 2 active, 3 evicted                              |
 *      +--------------------------------------------------+
 *    4 | pid u32 | start time u32, clock ticks since boot |  for people
 *      +--------------------------------------------------+
 *   16 | length u8, name, UTF-8, at most 63 bytes         |  for people
 *      +--------------------------------------------------+
 *  128 | position, counter, in 8-byte words               |  alone on its cache lines
 *      +--------------------------------------------------+
 *  256
 *
 * INV-SLOT-01: a slot belongs to whoever holds the kernel lock on its first byte; only the owner changes its state,
 * except that the writer turns `active` into `free` or `evicted` by compare-and-exchange of state and generation.
 * INV-SLOT-02: a reader stores its position, then `active`, then loads the intent; the writer stores the intent and
 * then looks at the slots. So the writer knows the reader, or the reader knows what the writer may overwrite.
 * INV-SLOT-03: a slot whose lock is free has no living reader and never holds the writer.
 */
import { isLocked, ownIdentity, RingwireError, SplitCounter, tryLock, unlock } from '../memory/index.js';
import { SLOT_COUNT, SLOT_LENGTH, SLOT_OFFSET } from './ring-layout.js';
import { RING_WORD } from './ring-record-layout.js';

const FREE = 0;
const JOINING = 1;
const ACTIVE = 2;
const EVICTED = 3;
const STATE_BITS = 3;

const PID_OFFSET = 4;
const START_TIME_OFFSET = PID_OFFSET + 4;
const NAME_OFFSET = 16;
const NAME_LENGTH = 64;
const POSITION_OFFSET = 128;

/** A registered reader, as `stat` and the writer see it. */
export interface RegisteredReader {
  readonly slot: number;
  readonly name: string;
  readonly pid: number;
  /** Position of its next record, in bytes. */
  readonly position: number;
  readonly state: 'active' | 'evicted';
}

const slotStart = (slot: number) => SLOT_OFFSET + slot * SLOT_LENGTH;
const stateIndex = (slot: number) => slotStart(slot) >> 2;
const lockOf = (slot: number) => ({ start: slotStart(slot), length: 1 });

/** What the writer, and whoever looks on, does with the slots. */
export class ReaderSlots {
  readonly #words: Int32Array;
  readonly #bytes: Buffer;
  readonly #fd: number;
  readonly #positions: readonly SplitCounter[];

  constructor(words: Int32Array, fd: number) {
    this.#words = words;
    this.#bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    this.#fd = fd;
    this.#positions = Array.from(
      { length: SLOT_COUNT },
      (_, slot) => new SplitCounter(words, slotStart(slot) + POSITION_OFFSET),
    );
  }

  /** Position of the slowest active reader in 8-byte words, or Infinity without readers. */
  slowest(): number {
    let least = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const position = this.positionOf(slot);
      if (position < least) least = position;
    }
    return least;
  }

  /** Position of an active reader in 8-byte words, or Infinity where none is. */
  positionOf(slot: number): number {
    const active = (Atomics.load(this.#words, stateIndex(slot)) & STATE_BITS) === ACTIVE;
    return active ? (this.#positions[slot] as SplitCounter).load() : Number.POSITIVE_INFINITY;
  }

  /** Frees an active slot whose reader died. @returns whether it did */
  evictDead(slot: number): boolean {
    const state = Atomics.load(this.#words, stateIndex(slot));
    if ((state & STATE_BITS) !== ACTIVE || isLocked(this.#fd, lockOf(slot)) !== false) return false;
    return this.#exchange(slot, state, FREE);
  }

  /** Takes an active slot from a living reader, which is told when it looks. @returns whether it did */
  evict(slot: number): boolean {
    const state = Atomics.load(this.#words, stateIndex(slot));
    return (state & STATE_BITS) === ACTIVE && this.#exchange(slot, state, EVICTED);
  }

  /** Everybody who is registered, dead readers among them until the writer needs their room. */
  list(): RegisteredReader[] {
    const readers: RegisteredReader[] = [];
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const state = Atomics.load(this.#words, stateIndex(slot)) & STATE_BITS;
      if (state === ACTIVE || state === EVICTED) readers.push(this.describe(slot));
    }
    return readers;
  }

  describe(slot: number): RegisteredReader {
    const start = slotStart(slot);
    const bytes = this.#bytes;
    const length = Math.min(bytes.readUInt8(start + NAME_OFFSET), NAME_LENGTH - 1);
    const name = start + NAME_OFFSET + 1;
    return {
      slot,
      name: bytes.toString('utf8', name, name + length),
      pid: bytes.readUInt32LE(start + PID_OFFSET),
      position: (this.#positions[slot] as SplitCounter).load() * RING_WORD,
      state: (Atomics.load(this.#words, stateIndex(slot)) & STATE_BITS) === EVICTED ? 'evicted' : 'active',
    };
  }

  #exchange(slot: number, state: number, next: number): boolean {
    return (
      Atomics.compareExchange(this.#words, stateIndex(slot), state, (state & ~STATE_BITS) | next) === state
    );
  }
}

/** The slot a reader holds. */
export class OwnSlot {
  readonly #words: Int32Array;
  readonly #fd: number;
  readonly #slot: number;
  readonly #position: SplitCounter;
  #active = 0;
  #published = -1;

  private constructor(words: Int32Array, fd: number, slot: number) {
    this.#words = words;
    this.#fd = fd;
    this.#slot = slot;
    this.#position = new SplitCounter(words, slotStart(slot) + POSITION_OFFSET);
  }

  /**
   * Takes a free slot; it does not hold the writer before {@link activate}.
   * @throws RingwireError `BUSY` when all are taken
   */
  static take(words: Int32Array, fd: number, path: string, name: string): OwnSlot {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (!tryLock(fd, path, lockOf(slot))) continue;
      const own = new OwnSlot(words, fd, slot);
      own.#join(name);
      return own;
    }
    throw new RingwireError(
      'BUSY',
      `all ${SLOT_COUNT} reader slots of ${path} are taken: close a reader, or open this one with observe: true`,
      { path },
    );
  }

  get active(): boolean {
    return Atomics.load(this.#words, stateIndex(this.#slot)) === this.#active;
  }

  /** Holds the writer from now on at this position, in 8-byte words. The intent must be looked at afterwards. */
  activate(positionWords: number): void {
    this.#position.store(positionWords);
    this.#published = positionWords;
    Atomics.store(this.#words, stateIndex(this.#slot), this.#active);
  }

  /** Lets the writer go on up to one capacity behind this position, in 8-byte words. @returns whether it moved */
  publish(positionWords: number): boolean {
    if (positionWords === this.#published) return false;
    this.#position.store(positionWords);
    this.#published = positionWords;
    return true;
  }

  leave(): void {
    Atomics.store(this.#words, stateIndex(this.#slot), (this.#active & ~STATE_BITS) | FREE);
    unlock(this.#fd, lockOf(this.#slot));
  }

  #join(name: string): void {
    const at = stateIndex(this.#slot);
    const generation = ((Atomics.load(this.#words, at) >>> 2) + 1) % 2 ** 29;
    Atomics.store(this.#words, at, (generation << 2) | JOINING);
    this.#active = (generation << 2) | ACTIVE;
    const { pid, startTime } = ownIdentity();
    const start = slotStart(this.#slot);
    const bytes = Buffer.from(this.#words.buffer, this.#words.byteOffset, this.#words.byteLength);
    bytes.writeUInt32LE(pid >>> 0, start + PID_OFFSET);
    bytes.writeUInt32LE(Number(startTime) >>> 0, start + START_TIME_OFFSET);
    bytes.fill(0, start + NAME_OFFSET, start + NAME_OFFSET + NAME_LENGTH);
    const length = bytes.write(name, start + NAME_OFFSET + 1, NAME_LENGTH - 1, 'utf8');
    bytes.writeUInt8(length, start + NAME_OFFSET);
  }
}
