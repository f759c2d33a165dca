/**
 * A cursor on disk: where a reader continues after a restart. One file of two slots, written in turn, each with a
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
 * INV-CURSOR-01: a save touches only the slot that is not the newest, also after a save that was refused or that failed:
 * a process that dies in it leaves the old position.
 * INV-CURSOR-02: a cursor holds the kernel lock on the file that has its name while it is open or being removed: one at
 * a time.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  couldNotAccess,
  openRegularFile,
  RingwireError,
  storageError,
  systemCode,
  tryLock,
  unlock,
} from '../../platform/index.js';
import { wholeNumber } from '../core/arguments.js';
import { crc32 } from '../core/crc32.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { syncFolder } from './channel-folders.js';

const SIGNATURE = Buffer.from('RWCURS01', 'latin1');
const SLOT_LENGTH = 512;
const CRC_OFFSET = 48;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** What a cursor stores. */
export interface SavedPosition {
  /** Position of the next record, in bytes. */
  readonly position: number;
  /** Sequence number of the next record; 0 where the channel has none. */
  readonly sequence: number;
  /** A number of the caller, stored with the position or not at all; 0 to 2^53-1. */
  readonly userValue: number;
}

/** A stored position that survives the process; one reader at a time uses it. */
export class DurableCursor implements Disposable {
  /** The cursor file, as an absolute path. */
  readonly path: string;
  /** Where the reader continues, or null for a new cursor. */
  saved: SavedPosition | null = null;
  readonly #fd: number;
  readonly #channel: bigint;
  readonly #slot = Buffer.alloc(CRC_OFFSET + 4);
  #generation = 0n;
  #closed = false;

  /**
   * Opens the cursor file, or creates it. It belongs to this cursor until {@link close}, or until the process ends.
   * @param file the path; a relative one is resolved here, once
   * @param channel the header of the channel that the positions belong to
   * @throws RingwireError `CURSOR_IN_USE` while another cursor, of this process or another, uses the file;
   * `INVALID_POSITION` when it belongs to another channel; `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
   */
  static open(file: string, channel: Pick<ChannelHeader, 'creationTime'>): DurableCursor {
    const absolute = path.resolve(file);
    const fd = openLocked(absolute);
    try {
      return new DurableCursor(absolute, fd, channel.creationTime);
    } catch (error) {
      fs.closeSync(fd);
      throw error instanceof RingwireError ? error : couldNotAccess(absolute, error);
    }
  }

  /**
   * Removes a cursor file that no cursor has open.
   * @returns whether it existed
   * @throws RingwireError `CURSOR_IN_USE` while a cursor uses it, `COULD_NOT_ACCESS_STORAGE`
   */
  static remove(file: string): boolean {
    const absolute = path.resolve(file);
    let fd: number | undefined;
    try {
      if (fs.lstatSync(absolute, { throwIfNoEntry: false }) === undefined) return false;
      fd = openLocked(absolute);
      fs.rmSync(absolute, { force: true });
      return true;
    } catch (error) {
      throw error instanceof RingwireError ? error : couldNotAccess(absolute, error);
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }

  /**
   * The position that a cursor file holds, changing nothing; null for a missing file, or the cursor of another channel.
   * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
   */
  static peek(file: string, channel: Pick<ChannelHeader, 'creationTime'>): SavedPosition | null {
    const absolute = path.resolve(file);
    let fd: number | undefined;
    try {
      fd = openRegularFile(absolute, false).fd;
      return new DurableCursor(absolute, fd, channel.creationTime).saved;
    } catch (error) {
      if (error instanceof RingwireError) return null;
      throw couldNotAccess(absolute, error);
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }

  private constructor(file: string, fd: number, channel: bigint) {
    this.path = file;
    this.#fd = fd;
    this.#channel = channel;
    for (const index of [0, 1]) this.#load(index);
  }

  /**
   * Stores where to continue. Survives the death of the process at once, a power loss after {@link flush}. A save that
   * throws changes nothing: the position saved before stays, on disk and in {@link saved}.
   * @throws RingwireError `CLOSED`, `INVALID_ARGUMENT`, `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
   */
  save({
    position,
    sequence,
    userValue = 0,
  }: Omit<SavedPosition, 'userValue'> & { readonly userValue?: number }): void {
    this.#refuseClosed();
    wholeNumber('position', position, LARGEST);
    wholeNumber('sequence', sequence, LARGEST);
    wholeNumber('userValue', userValue, LARGEST);
    const slot = this.#slot;
    const generation = this.#generation + 1n;
    SIGNATURE.copy(slot);
    slot.writeBigUInt64LE(this.#channel, 8);
    slot.writeBigUInt64LE(generation, 16);
    slot.writeBigUInt64LE(BigInt(position), 24);
    slot.writeBigUInt64LE(BigInt(sequence), 32);
    slot.writeBigUInt64LE(BigInt(userValue), 40);
    slot.writeUInt32LE(crc32(slot.subarray(0, CRC_OFFSET)), CRC_OFFSET);
    try {
      writeWhole(this.#fd, slot, Number(generation % 2n) * SLOT_LENGTH);
    } catch (error) {
      throw storageError(this.path, systemCode(error) ?? '', 0, error);
    }
    this.#generation = generation;
    this.saved = { position, sequence, userValue };
  }

  /** Returns when the position saved last is on disk. @throws RingwireError `CLOSED`, `COULD_NOT_ACCESS_STORAGE` */
  flush(): void {
    this.#refuseClosed();
    try {
      fs.fdatasyncSync(this.#fd);
    } catch (error) {
      throw couldNotAccess(this.path, error);
    }
  }

  /** Closes the file: another cursor may use it. A second call does nothing. */
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
        `${this.path} is the cursor of another channel: remove the file, or choose another name for the cursor`,
        { path: this.path },
      );
    }
    const generation = slot.readBigUInt64LE(16);
    if (generation <= this.#generation || generation >= 2n ** 63n) return;
    this.#generation = generation;
    const number = (offset: number) => Number(slot.readBigUInt64LE(offset));
    this.saved = { position: number(24), sequence: number(32), userValue: number(40) };
  }
}

/** Opens the file of a cursor, creates it where it is missing, and takes its lock. */
function openLocked(file: string): number {
  for (;;) {
    create(file);
    const { fd, stats } = openRegularFile(file, true);
    try {
      if (!tryLock(fd, file)) throw inUse(file);
      // The owner before may have removed the file: then the lock is on a file without a name.
      if (fs.lstatSync(file, { throwIfNoEntry: false })?.ino === stats.ino) return fd;
    } catch (error) {
      fs.closeSync(fd);
      throw error instanceof RingwireError ? error : couldNotAccess(file, error);
    }
    fs.closeSync(fd);
  }
}

/** Creates an empty file, with its name on disk, unless something has the name. */
function create(file: string): void {
  try {
    if (fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined) return;
    fs.closeSync(fs.openSync(file, 'wx', 0o600));
    syncFolder(path.dirname(file));
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    throw storageError(file, systemCode(error) ?? '', 0, error);
  }
}

function writeWhole(fd: number, bytes: Buffer, position: number): void {
  const written = fs.writeSync(fd, bytes, 0, bytes.length, position);
  if (written !== bytes.length) {
    throw Object.assign(new Error(`only ${written} of ${bytes.length} bytes were written`), {
      code: 'ENOSPC',
    });
  }
}

function inUse(file: string): RingwireError {
  const message = `the cursor ${file} is in use by another reader: close that one or end its process, or choose another name`;
  return new RingwireError('CURSOR_IN_USE', message, { path: file });
}
