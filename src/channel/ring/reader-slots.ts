/** The reader slots of a ring, for the writer and for views. */
import { isLocked, SplitCounter } from '../../platform/index.js';
import { SLOT_COUNT } from './ring-header-layout.js';
import { RING_WORD } from './ring-record-layout.js';
import {
  ACTIVE,
  EVICTED,
  FREE,
  JOINING,
  LAPS_OFFSET,
  LOST_OFFSET,
  NAME_LENGTH,
  NAME_OFFSET,
  OBSERVER,
  PID_OFFSET,
  POSITION_OFFSET,
  ROLE_OFFSET,
  STATE_BITS,
  STATE_OFFSET,
  slotLock,
  slotStart,
  slotWord,
} from './ring-slot-layout.js';

/** A reader with a slot. */
export interface RegisteredReader {
  /** Index of its slot. */
  readonly slot: number;
  /** Name of the reader; empty if it has none. */
  readonly name: string;
  /** Process id of the reader. */
  readonly pid: number;
  /** Position of its next record, in bytes. */
  readonly position: number;
  /**
   * `active`: a back-pressured writer waits for it. `observing`: no writer waits for it. `evicted`: the writer took
   * its slot.
   */
  readonly state: 'active' | 'evicted' | 'observing';
  /** Number of laps: how often the writer overtook the reader. */
  readonly laps: number;
  /** Number of records lost by laps. */
  readonly lost: number;
}

/** A {@link RegisteredReader} whose fields are stored again and again. */
export type ReaderFields = { -readonly [K in keyof RegisteredReader]: RegisteredReader[K] };

/** A reader to be filled in. */
function unnamedReader(): ReaderFields {
  return { slot: 0, name: '', pid: 0, position: 0, state: 'active', laps: 0, lost: 0 };
}

/** Access to all slots, for the writer and views. */
export class ReaderSlots {
  readonly #i32: Int32Array;
  readonly #bytes: Buffer;
  readonly #fd: number;
  readonly #positions: readonly SplitCounter[];
  readonly #losses: readonly SplitCounter[];

  constructor(words: Int32Array, fd: number) {
    this.#i32 = words;
    this.#bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    this.#fd = fd;
    const counters = (offset: number) =>
      Array.from({ length: SLOT_COUNT }, (_, slot) => new SplitCounter(words, slotStart(slot) + offset));
    this.#positions = counters(POSITION_OFFSET);
    this.#losses = counters(LOST_OFFSET);
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

  /** Position of an active reader in 8-byte words, or Infinity if the slot is not active. */
  positionOf(slot: number): number {
    const active = (Atomics.load(this.#i32, slotWord(slot, STATE_OFFSET)) & STATE_BITS) === ACTIVE;
    return active ? (this.#positions[slot] as SplitCounter).load() : Number.POSITIVE_INFINITY;
  }

  /**
   * Frees an active slot whose reader died.
   * @returns whether it freed the slot
   */
  evictDead(slot: number): boolean {
    const state = Atomics.load(this.#i32, slotWord(slot, STATE_OFFSET));
    if ((state & STATE_BITS) !== ACTIVE || isLocked(this.#fd, slotLock(slot)) !== false) return false;
    return this.#exchange(slot, state, FREE);
  }

  /**
   * Takes an active slot from a live reader, which detects it at its next validation. The caller must load the slots
   * again before it stores to the data area: a load after the exchange orders those stores (INV-ORDER-03).
   * @returns whether it took the slot
   */
  evict(slot: number): boolean {
    const state = Atomics.load(this.#i32, slotWord(slot, STATE_OFFSET));
    return (state & STATE_BITS) === ACTIVE && this.#exchange(slot, state, EVICTED);
  }

  /**
   * Lists all readers with a slot. A dead registered reader is included until the writer needs its space.
   * @param isAlive whether the owner of a slot is alive; default: {@link isAlive}
   */
  list(isAlive: (slot: number) => boolean | null = (slot) => this.isAlive(slot)): RegisteredReader[] {
    const readers: ReaderFields[] = [];
    this.listInto(readers, unnamedReader, isAlive);
    return readers;
  }

  /** The same, into the objects of `readers`, whose length it changes. `make` creates an object that is missing. */
  listInto<R extends ReaderFields>(
    readers: R[],
    make: () => R,
    isAlive: (slot: number) => boolean | null,
  ): void {
    let found = 0;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (!this.#isTaken(slot, isAlive)) continue;
      const reader = readers[found] ?? make();
      readers[found++] = reader;
      this.#describe(slot, reader);
    }
    readers.length = found;
  }

  #isTaken(slot: number, isAlive: (slot: number) => boolean | null): boolean {
    const state = Atomics.load(this.#i32, slotWord(slot, STATE_OFFSET)) & STATE_BITS;
    if (state !== JOINING) return state === ACTIVE || state === EVICTED;
    return this.#isObserver(slot) && isAlive(slot) !== false;
  }

  /** Position in the slot, in 8-byte words, in any state of the slot. */
  storedPosition(slot: number): number {
    return (this.#positions[slot] as SplitCounter).load();
  }

  /** Whether the owner of the slot is alive; null if unknown. */
  isAlive(slot: number): boolean | null {
    return isLocked(this.#fd, slotLock(slot));
  }

  #describe(slot: number, reader: ReaderFields): void {
    const start = slotStart(slot);
    const bytes = this.#bytes;
    reader.slot = slot;
    reader.name = this.#nameOf(slot, reader.name);
    reader.pid = bytes.readUInt32LE(start + PID_OFFSET);
    reader.position = (this.#positions[slot] as SplitCounter).load() * RING_WORD;
    reader.state = this.#stateName(slot);
    reader.laps = bytes.readUInt32LE(start + LAPS_OFFSET);
    reader.lost = (this.#losses[slot] as SplitCounter).load();
  }

  /** Returns `known` if it is the name in the slot: nothing is decoded then. */
  #nameOf(slot: number, known: string): string {
    const start = slotStart(slot) + NAME_OFFSET + 1;
    const length = Math.min(this.#bytes.readUInt8(start - 1), NAME_LENGTH - 1);
    return isAscii(known, this.#bytes, start, length)
      ? known
      : this.#bytes.toString('utf8', start, start + length);
  }

  #isObserver(slot: number): boolean {
    return this.#bytes.readUInt32LE(slotStart(slot) + ROLE_OFFSET) === OBSERVER;
  }

  #stateName(slot: number): RegisteredReader['state'] {
    const state = Atomics.load(this.#i32, slotWord(slot, STATE_OFFSET)) & STATE_BITS;
    if (state === EVICTED) return 'evicted';
    return state === JOINING ? 'observing' : 'active';
  }

  #exchange(slot: number, state: number, next: number): boolean {
    return (
      Atomics.compareExchange(
        this.#i32,
        slotWord(slot, STATE_OFFSET),
        state,
        (state & ~STATE_BITS) | next,
      ) === state
    );
  }
}

/** Whether the bytes are an ASCII text, this one. */
function isAscii(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i] as number;
    if (byte > 0x7f || text.charCodeAt(i) !== byte) return false;
  }
  return true;
}
