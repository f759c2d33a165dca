/** The slot of a ring reader. It makes the writer wait, or only lists the reader. */
import { ownIdentity, RingwireError, SplitCounter, tryLock, unlock } from '../../platform/index.js';
import type { RingFile } from './ring-file.js';
import { SLOT_COUNT } from './ring-header-layout.js';
import {
  ACTIVE,
  FIRST_OBSERVER_SLOT,
  FREE,
  JOINING,
  LAPS_OFFSET,
  LOST_OFFSET,
  NAME_LENGTH,
  NAME_OFFSET,
  OBSERVER,
  PID_OFFSET,
  POSITION_OFFSET,
  REGISTERED,
  ROLE_OFFSET,
  START_TIME_OFFSET,
  STATE_BITS,
  STATE_OFFSET,
  slotLock,
  slotStart,
  slotWord,
} from './ring-slot-layout.js';

/** A slot as one of its readers sees it: the reader that owns it, or a fork of that reader. */
export interface SlotUse {
  /** Whether the writer still waits for the reader that owns the slot. */
  readonly active: boolean;
  /** Whether the writer has stored nothing at or after this position, in 8-byte words. */
  protects(positionWords: number): boolean;
  /**
   * Makes the writer wait at this position, in 8-byte words.
   * @returns whether the writer waited there before; else the caller must load the intent afterwards
   */
  activate(positionWords: number): boolean;
  /** Lets the writer store up to one capacity after this position. @returns whether the position changed */
  publish(positionWords: number): boolean;
  /** The use of the same slot by a fork of this reader. */
  shared(): SlotUse;
}

/** The slots of one reader; both may be null. */
export interface ReaderSlot {
  /** Makes the writer wait for the reader. */
  readonly slot: ReaderRegistration | null;
  /** Only lists the reader. */
  readonly shown: ReaderRegistration | null;
}

/**
 * Takes a slot for a new reader. With back pressure the writer waits for the slot, unless the reader observes. An
 * observer with a name takes a slot to be listed, if one is free.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, `NO_READER_SLOT`
 */
export function takeReaderSlot(
  words: Int32Array,
  { fd, path, header, writable }: RingFile,
  { observe, name }: { readonly observe: boolean; readonly name: string },
): ReaderSlot {
  if (header.policy === 'back-pressure' && !observe) {
    if (!writable) throw cannotRegister(path);
    return { slot: ReaderRegistration.take(words, fd, path, name), shown: null };
  }
  return {
    slot: null,
    shown: writable && name !== '' ? ReaderRegistration.observe(words, fd, path, name) : null,
  };
}

/** A slot of a ring that one reader owns. */
export class ReaderRegistration implements SlotUse {
  readonly #i32: Int32Array;
  readonly #fd: number;
  readonly #slot: number;
  readonly #position: SplitCounter;
  readonly #lost: SplitCounter;
  #lostRecords = 0;
  #active = 0;
  #published = -1;
  /** Name of an observer that is not listed yet. */
  #unseen: string | null = null;

  private constructor(words: Int32Array, fd: number, slot: number) {
    this.#i32 = words;
    this.#fd = fd;
    this.#slot = slot;
    this.#position = new SplitCounter(words, slotStart(slot) + POSITION_OFFSET);
    this.#lost = new SplitCounter(words, slotStart(slot) + LOST_OFFSET);
  }

  /**
   * Takes a free slot. The writer does not wait for it before {@link activate}.
   * @throws RingwireError `NO_READER_SLOT` if no slot is free
   */
  static take(words: Int32Array, fd: number, path: string, name: string): ReaderRegistration {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (!tryLock(fd, path, slotLock(slot))) continue;
      const own = new ReaderRegistration(words, fd, slot);
      own.#join(name, REGISTERED);
      return own;
    }
    throw new RingwireError(
      'NO_READER_SLOT',
      `all ${SLOT_COUNT} reader slots of ${path} are taken: close a reader, or open this one with observe: true`,
      { path },
    );
  }

  /**
   * Takes a slot that lists the reader from its first {@link publish} and never makes the writer wait. Returns null
   * if no slot for observers is free.
   */
  static observe(words: Int32Array, fd: number, path: string, name: string): ReaderRegistration | null {
    for (let slot = SLOT_COUNT - 1; slot >= FIRST_OBSERVER_SLOT; slot--) {
      if (!tryLock(fd, path, slotLock(slot))) continue;
      const own = new ReaderRegistration(words, fd, slot);
      own.#free();
      own.#unseen = name;
      return own;
    }
    return null;
  }

  get active(): boolean {
    return Atomics.load(this.#i32, slotWord(this.#slot, STATE_OFFSET)) === this.#active;
  }

  /** The owner reads nothing before the position it has published, so an active slot protects all that it reads. */
  protects(_positionWords: number): boolean {
    return this.active;
  }

  /** The use of this slot by a fork of its reader: the same protection, and no say in the position (INV-SLOT-05). */
  shared(): SlotUse {
    const owner = this;
    const use: SlotUse = {
      get active() {
        return owner.active;
      },
      protects: (positionWords) => owner.active && positionWords >= owner.#published,
      activate: (positionWords) => use.protects(positionWords),
      publish: () => false,
      shared: () => use,
    };
    return use;
  }

  activate(positionWords: number): boolean {
    this.#position.store(positionWords);
    this.#published = positionWords;
    Atomics.store(this.#i32, slotWord(this.#slot, STATE_OFFSET), this.#active);
    return false;
  }

  publish(positionWords: number): boolean {
    if (positionWords === this.#published) return false;
    this.#position.store(positionWords);
    this.#published = positionWords;
    if (this.#unseen !== null) this.#show(this.#unseen);
    return true;
  }

  /** Counts a lap, for display. */
  addLap(records: number): void {
    this.#lostRecords += records;
    this.#lost.store(this.#lostRecords);
    Atomics.add(this.#i32, slotWord(this.#slot, LAPS_OFFSET), 1);
  }

  leave(): void {
    this.#free();
    unlock(this.#fd, slotLock(this.#slot));
  }

  #free(): void {
    const at = slotWord(this.#slot, STATE_OFFSET);
    Atomics.store(this.#i32, at, (Atomics.load(this.#i32, at) & ~STATE_BITS) | FREE);
  }

  /** Lists the reader. Its position must be stored before. */
  #show(name: string): void {
    this.#unseen = null;
    this.#lostRecords = 0;
    this.#join(name, OBSERVER);
  }

  #join(name: string, role: number): void {
    const at = slotWord(this.#slot, STATE_OFFSET);
    const generation = ((Atomics.load(this.#i32, at) >>> 2) + 1) % 2 ** 29;
    Atomics.store(this.#i32, at, (generation << 2) | JOINING);
    this.#active = (generation << 2) | ACTIVE;
    const { pid, startTime } = ownIdentity();
    const start = slotStart(this.#slot);
    const bytes = Buffer.from(this.#i32.buffer, this.#i32.byteOffset, this.#i32.byteLength);
    bytes.writeUInt32LE(pid >>> 0, start + PID_OFFSET);
    bytes.writeUInt32LE(Number(startTime) >>> 0, start + START_TIME_OFFSET);
    bytes.writeUInt32LE(role, start + ROLE_OFFSET);
    bytes.writeUInt32LE(0, start + LAPS_OFFSET);
    this.#lost.store(0);
    bytes.fill(0, start + NAME_OFFSET, start + NAME_OFFSET + NAME_LENGTH);
    const length = bytes.write(name, start + NAME_OFFSET + 1, NAME_LENGTH - 1, 'utf8');
    bytes.writeUInt8(length, start + NAME_OFFSET);
  }
}

function cannotRegister(path: string): RingwireError {
  const reason = 'a registered reader needs permission to write';
  return new RingwireError('COULD_NOT_ACCESS_STORAGE', `cannot access ${path}: ${reason}, or observe: true`, {
    path,
    reason,
  });
}
