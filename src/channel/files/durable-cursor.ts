/**
 * A cursor on disk: where a reader goes on after a restart. One file of two slots, written in turn, each with a
 * checksum; docs/format-ring.md, "Cursor files".
 *
 *      +---------------------------------------------------+
 *    0 | signature, "RWCURS01"                             |
 *      +---------------------------------------------------+
 *    8 | creation time of the channel, u64, in ticks       |  a cursor of another channel is refused
 *      +---------------------------------------------------+
 *   16 | generation, u64: the higher valid one counts      |
 *      +---------------------------------------------------+
 *   24 | position, u64 | sequence number, u64              |  of the next record
 *      +---------------------------------------------------+
 *   40 | user value, u64                                   |  the user's: the length of an output, for example
 *      +---------------------------------------------------+
 *   48 | CRC-32 of the bytes before, u32                   |
 *      +---------------------------------------------------+
 *  512   the second slot
 *
 * INV-CURSOR-01: a save touches only the slot that is not the newest, so whoever dies in it leaves the old position.
 * INV-CURSOR-02: whoever opens, or removes, a cursor holds the kernel lock on the file that has its name: one at a time.
 */
import fs from 'node:fs';
import { crc32 } from 'node:zlib';
import { couldNotAccess, openRegularFile, RingwireError, tryLock, unlock } from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';

const SIGNATURE = Buffer.from('RWCURS01', 'latin1');
const SLOT_LENGTH = 512;
const CRC_OFFSET = 48;

export interface SavedPosition {
  /** Position of the next record, in bytes. */
  readonly position: number;
  /** Sequence number of the next record; 0 where the channel has none. */
  readonly sequence: number;
  /** A number of the user's, stored with the position or not at all; 0 to 2^53-1. */
  readonly userValue: number;
}

export class DurableCursor implements Disposable {
  readonly path: string;
  /** Where the reader goes on, or null for a new cursor. */
  saved: SavedPosition | null = null;
  readonly #fd: number;
  readonly #channel: bigint;
  readonly #slot = Buffer.alloc(CRC_OFFSET + 4);
  #generation = 0n;
  #closed = false;

  /**
   * Opens the cursor file, or creates it. It belongs to this cursor until {@link close}, or until the process ends.
   * @throws RingwireError `CURSOR_IN_USE` while another cursor, of this process or another, has the file; `INVALID_POSITION`
   * when it belongs to another channel, `COULD_NOT_ACCESS_STORAGE`
   */
  static open(path: string, channel: Pick<ChannelHeader, 'creationTime'>): DurableCursor {
    const fd = openLocked(path);
    try {
      return new DurableCursor(path, fd, channel.creationTime);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /**
   * Removes a cursor file that nobody has open.
   * @returns whether there was one
   * @throws RingwireError `CURSOR_IN_USE` while a cursor has it, `COULD_NOT_ACCESS_STORAGE`
   */
  static remove(path: string): boolean {
    let fd: number | undefined;
    try {
      if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) return false;
      fd = openLocked(path);
      fs.rmSync(path, { force: true });
      return true;
    } catch (error) {
      throw error instanceof RingwireError ? error : couldNotAccess(path, error);
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }

  /** The place that a cursor file holds, changing nothing; null where there is none, or no cursor of this channel. */
  static peek(path: string, channel: Pick<ChannelHeader, 'creationTime'>): SavedPosition | null {
    let fd: number | undefined;
    try {
      fd = openRegularFile(path, false).fd;
      return new DurableCursor(path, fd, channel.creationTime).saved;
    } catch (error) {
      if (error instanceof RingwireError) return null;
      throw couldNotAccess(path, error);
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }

  private constructor(path: string, fd: number, channel: bigint) {
    this.path = path;
    this.#fd = fd;
    this.#channel = channel;
    for (const index of [0, 1]) this.#load(index);
  }

  /**
   * Stores where to go on. Survives the death of the process at once, a power loss after {@link flush}.
   * @throws RingwireError `CLOSED`, `COULD_NOT_ACCESS_STORAGE`
   */
  save({
    position,
    sequence,
    userValue = 0,
  }: Omit<SavedPosition, 'userValue'> & { readonly userValue?: number }): void {
    this.#refuseClosed();
    const slot = this.#slot;
    this.#generation++;
    SIGNATURE.copy(slot);
    slot.writeBigUInt64LE(this.#channel, 8);
    slot.writeBigUInt64LE(this.#generation, 16);
    slot.writeBigUInt64LE(BigInt(position), 24);
    slot.writeBigUInt64LE(BigInt(sequence), 32);
    slot.writeBigUInt64LE(BigInt(userValue), 40);
    slot.writeUInt32LE(crc32(slot.subarray(0, CRC_OFFSET)), CRC_OFFSET);
    const at = Number(this.#generation % 2n) * SLOT_LENGTH;
    try {
      fs.writeSync(this.#fd, slot, 0, slot.length, at);
    } catch (error) {
      throw couldNotAccess(this.path, error);
    }
    this.saved = { position, sequence, userValue };
  }

  /** Returns when the last position is on disk. @throws RingwireError `CLOSED`, `COULD_NOT_ACCESS_STORAGE` */
  flush(): void {
    this.#refuseClosed();
    try {
      fs.fdatasyncSync(this.#fd);
    } catch (error) {
      throw couldNotAccess(this.path, error);
    }
  }

  /** Lets go of the file: another cursor may have it. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // A child process that is being started has a copy of the descriptor for a moment, and so would keep the lock.
    unlock(this.#fd);
    fs.closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #refuseClosed(): void {
    if (!this.#closed) return;
    throw new RingwireError('CLOSED', `this cursor on ${this.path} is closed`, { path: this.path });
  }

  #load(index: number): void {
    const slot = this.#slot;
    if (fs.readSync(this.#fd, slot, 0, slot.length, index * SLOT_LENGTH) !== slot.length) return;
    if (!slot.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return;
    if (slot.readUInt32LE(CRC_OFFSET) !== crc32(slot.subarray(0, CRC_OFFSET))) return;
    if (slot.readBigUInt64LE(8) !== this.#channel) {
      throw new RingwireError(
        'INVALID_POSITION',
        `${this.path} is the cursor of another channel: remove it to begin again`,
        { path: this.path },
      );
    }
    const generation = slot.readBigUInt64LE(16);
    if (generation <= this.#generation) return;
    this.#generation = generation;
    const number = (offset: number) => Number(slot.readBigUInt64LE(offset));
    this.saved = { position: number(24), sequence: number(32), userValue: number(40) };
  }
}

/** Opens the file of a cursor, creates it where there is none, and takes its lock. */
function openLocked(path: string): number {
  for (;;) {
    create(path);
    const { fd, stats } = openRegularFile(path, true);
    try {
      if (!tryLock(fd, path)) throw inUse(path);
      // Whoever had the lock before may have removed the file.
      if (fs.lstatSync(path, { throwIfNoEntry: false })?.ino === stats.ino) return fd;
    } catch (error) {
      fs.closeSync(fd);
      throw error instanceof RingwireError ? error : couldNotAccess(path, error);
    }
    fs.closeSync(fd);
  }
}

function create(path: string): void {
  try {
    if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) {
      fs.closeSync(fs.openSync(path, 'a', 0o600));
    }
  } catch (error) {
    throw couldNotAccess(path, error);
  }
}

function inUse(path: string): RingwireError {
  const advice = 'close that one or end its process, or take another name here';
  return new RingwireError('CURSOR_IN_USE', `${path} is the cursor of a reader that lives: ${advice}`, {
    path,
  });
}
