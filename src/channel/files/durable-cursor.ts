/**
 * A cursor on disk: the position at which a reader continues after a restart. One file of two slots, written in turn, each
 * with a
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
 *   40 | user value, u64                                   |  chosen by the user: the length of an output, for example
 *      +---------------------------------------------------+
 *   48 | CRC-32 of the bytes before, u32                   |
 *      +---------------------------------------------------+
 *  512   the second slot
 *
 * INV-CURSOR-01: a save writes only the slot that is not the newest, also after a refused or failed save:
 * a process that dies during a save leaves the old position.
 * INV-CURSOR-02: a cursor holds the kernel lock on the file that has its name while it is open or being removed: one at
 * a time.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  couldNotAccess,
  crc32,
  type Held,
  keepUntilClosed,
  openRegularFile,
  RingwireError,
  releaseWhenCollected,
  storageError,
  systemCode,
  tryLock,
  unlock,
} from '../../platform/index.js';
import { wholeNumber } from '../core/arguments.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { syncFolder } from './channel-folders.js';

const SIGNATURE = Buffer.from('RWCURS01', 'latin1');
const SLOT_LENGTH = 512;
const CRC_OFFSET = 48;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** The content of a cursor. */
export interface SavedPosition {
  /** Position of the next record, in bytes. */
  readonly position: number;
  /** Sequence number of the next record; 0 for a log, which has none. */
  readonly sequence: number;
  /** A number of the caller, 0 to 2^53-1. It is stored atomically with the position. */
  readonly userValue: number;
}

/**
 * A stored position that survives the process. One reader at a time uses it.
 *
 * @example
 * ```ts
 * const cursor = DurableCursor.open('/var/lib/app/orders.cursor', reader.header);
 * if (cursor.saved !== null) reader.moveTo(cursor.saved.position);
 * reader.poll(handle);
 * cursor.save({ position: reader.position, sequence: 0 });
 * cursor.close();
 * ```
 */
export class DurableCursor implements Disposable {
  /** The cursor file, as an absolute path. */
  readonly path: string;
  /** The position saved last, or null for a new cursor. */
  saved: SavedPosition | null = null;
  readonly #fd: number;
  readonly #lock: CursorLock;
  readonly #channel: bigint;
  readonly #slot = Buffer.alloc(CRC_OFFSET + 4);
  #generation = 0n;
  #closed = false;

  /**
   * Opens or creates the cursor file. The cursor holds a lock on it until {@link close}, its collection or the end of the
   * process.
   * @param file the path; a relative path is resolved once
   * @param channel the header of the channel that the positions belong to
   * @throws RingwireError `CURSOR_IN_USE` while another cursor, of any process, uses the file; `INVALID_POSITION` if
   * it belongs to another channel; `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
   */
  static open(file: string, channel: Pick<ChannelHeader, 'creationTime'>): DurableCursor {
    const absolute = path.resolve(file);
    const fd = openLocked(absolute);
    try {
      const cursor = new DurableCursor(absolute, fd, channel.creationTime);
      releaseWhenCollected(cursor, cursor.#lock, `the cursor ${absolute}`);
      return cursor;
    } catch (error) {
      fs.closeSync(fd);
      throw error instanceof RingwireError ? error : couldNotAccess(absolute, error);
    }
  }

  /**
   * Removes a cursor file that no cursor has open.
   * @returns whether the file existed
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
   * Reads the position in a cursor file without changing it. Returns null for a missing file or the cursor of another
   * channel.
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
    this.#lock = new CursorLock(fd);
    this.#channel = channel;
    for (const index of [0, 1]) this.#load(index);
  }

  /**
   * Saves a position. It survives the death of the process at once, and a power loss after {@link flush}. A save that
   * throws changes nothing: the previous position stays on disk and in {@link saved}.
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

  /**
   * Returns when the last saved position is on disk.
   * @throws RingwireError `CLOSED`, `COULD_NOT_ACCESS_STORAGE`
   */
  flush(): void {
    this.#refuseClosed();
    try {
      fs.fdatasyncSync(this.#fd);
    } catch (error) {
      throw couldNotAccess(this.path, error);
    }
  }

  /** Closes the file, so that another cursor may use it. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    keepUntilClosed(this.#lock);
    this.#lock.release();
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

/** The descriptor of a cursor, which holds its lock. */
class CursorLock implements Held {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  release(): void {
    // A child process that is starting has a copy of the descriptor for a moment, which would keep the lock.
    unlock(this.#fd);
    fs.closeSync(this.#fd);
  }
}

/** Opens the file of a cursor and takes its lock. Creates a missing file. */
function openLocked(file: string): number {
  for (;;) {
    create(file);
    const { fd, stats } = openRegularFile(file, true);
    try {
      if (!tryLock(fd, file)) throw inUse(file);
      // The previous owner may have removed the file: the lock is then on a file without a name.
      if (fs.lstatSync(file, { throwIfNoEntry: false })?.ino === stats.ino) return fd;
    } catch (error) {
      fs.closeSync(fd);
      throw error instanceof RingwireError ? error : couldNotAccess(file, error);
    }
    fs.closeSync(fd);
  }
}

/** Creates an empty file and syncs its name, unless the name exists. */
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
