/**
 * The doorbell file of a log or journal: the doorbell and the identity of the writer. It keeps the channel file
 * itself pure kekbit. Without it readers poll at intervals. docs/format.md, "Bell file".
 *
 *      +------------------------------------------------+
 *    0 | signature, "RWBELL01"                          |
 *      +------------------------------------------------+
 *    8 | creation time of the channel, u64, in ticks    |  a bell of another creation of the channel is ignored
 *      +------------------------------------------------+
 *   16 | writer id in the header of the channel, u64    |
 *      +------------------------------------------------+
 *   64 | asleep, u32: 1 while a reader sleeps           |  alone on its cache lines
 *      +------------------------------------------------+
 *  192 | rings, u32: number of signals (futex word)      |  alone on its cache lines
 *      +------------------------------------------------+
 *  320 | length, u32, and JSON: pid, start time, boot id|  the writer that created or resumed the channel
 *      +------------------------------------------------+
 * 4096
 *
 * INV-BELL-03: a doorbell file belongs to one creation of a channel: readers ignore the bell of another one, which no
 * writer rings.
 */
import fs from 'node:fs';
import {
  Doorbell,
  type Mapping,
  mapExisting,
  openRegularFile,
  ownIdentity,
  type ProcessIdentity,
  parseIdentity,
  RingwireError,
  reserve,
  storageError,
  systemCode,
} from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';

const SIGNATURE = Buffer.from('RWBELL01', 'latin1');
const CREATION_TIME_OFFSET = 8;
const WRITER_ID_OFFSET = 16;
const IDENTITY_LENGTH = 24;
const ASLEEP_OFFSET = 64;
const RINGS_OFFSET = 192;
const OWNER_OFFSET = 320;
const LENGTH = 4096;

/** The header fields that identify one creation of a channel. */
export type BellOwner = Pick<ChannelHeader, 'creationTime' | 'writerId'>;

/** A doorbell and its mapping. Closing one closes the other. */
export class BellFile {
  /** The doorbell in the file. */
  readonly doorbell: Doorbell;
  readonly #mapping: Mapping;

  private constructor(fd: number, path: string) {
    this.#mapping = mapExisting(fd, path, { length: LENGTH, writable: true });
    this.doorbell = new Doorbell(this.#mapping.memory, ASLEEP_OFFSET, RINGS_OFFSET);
  }

  /**
   * Writes a new doorbell file and replaces an existing one. Readers with the old one open sleep at intervals.
   * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`, `MEMORY_MAPPING_FAILED`
   */
  static create(path: string, mode: number, channel: BellOwner): BellFile {
    let fd: number | undefined;
    try {
      fs.rmSync(path, { force: true });
      fd = fs.openSync(path, 'wx+', mode);
      reserve(fd, LENGTH, path);
      writeIdentity(fd, channel);
      writeOwner(fd);
      return new BellFile(fd, path);
    } catch (error) {
      if (fd !== undefined) fs.rmSync(path, { force: true });
      throw error instanceof RingwireError
        ? error
        : storageError(path, systemCode(error) ?? '', LENGTH, error);
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }

  /**
   * Opens the doorbell of a channel that gets a new writer, and makes this process its owner. Keeps the existing
   * file, so that sleeping readers still wake up; creates one if it is missing.
   * @throws RingwireError like {@link create}
   */
  static takeOver(path: string, mode: number, channel: BellOwner): BellFile {
    let fd: number | undefined;
    try {
      const file = openRegularFile(path, true);
      fd = file.fd;
      if (file.stats.size >= LENGTH && hasSignature(fd)) {
        writeIdentity(fd, channel);
        writeOwner(fd);
        return new BellFile(fd, path);
      }
    } catch {
      // Replaces an unusable file.
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
    return BellFile.create(path, mode, channel);
  }

  /** Opens the doorbell of a channel. Returns null if it is missing, not writable, or belongs to another creation. */
  static open(path: string, channel: BellOwner): BellFile | null {
    let fd: number | undefined;
    try {
      const file = openRegularFile(path, true);
      fd = file.fd;
      return file.stats.size >= LENGTH && belongsTo(fd, channel) ? new BellFile(fd, path) : null;
    } catch {
      return null;
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
  }

  close(): void {
    this.doorbell.close();
    this.#mapping.close();
  }
}

/**
 * Returns the process that created or last resumed a channel, from its doorbell file; null if the file is missing or
 * belongs to another creation. Without `channel` any doorbell file counts.
 */
export function readOwner(path: string, channel?: BellOwner): ProcessIdentity | null {
  let fd: number | undefined;
  try {
    fd = openRegularFile(path, false).fd;
    if (channel === undefined ? !hasSignature(fd) : !belongsTo(fd, channel)) return null;
    const head = Buffer.alloc(4);
    fs.readSync(fd, head, 0, 4, OWNER_OFFSET);
    const text = Buffer.alloc(Math.min(head.readUInt32LE(), LENGTH - OWNER_OFFSET - 4));
    fs.readSync(fd, text, 0, text.length, OWNER_OFFSET + 4);
    return parseIdentity(text.toString('utf8'));
  } catch {
    return null;
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function writeOwner(fd: number): void {
  const text = Buffer.from(JSON.stringify(ownIdentity()));
  const record = Buffer.alloc(4 + text.length);
  record.writeUInt32LE(text.length);
  text.copy(record, 4);
  writeAt(fd, record, OWNER_OFFSET);
}

function writeIdentity(fd: number, channel: BellOwner): void {
  writeAt(fd, identityOf(channel), 0);
}

function identityOf({ creationTime, writerId }: BellOwner): Buffer {
  const bytes = Buffer.alloc(IDENTITY_LENGTH);
  SIGNATURE.copy(bytes);
  bytes.writeBigUInt64LE(creationTime, CREATION_TIME_OFFSET);
  bytes.writeBigUInt64LE(writerId, WRITER_ID_OFFSET);
  return bytes;
}

function belongsTo(fd: number, channel: BellOwner): boolean {
  return beginsWith(fd, identityOf(channel));
}

function hasSignature(fd: number): boolean {
  return beginsWith(fd, SIGNATURE);
}

function beginsWith(fd: number, expected: Buffer): boolean {
  const bytes = Buffer.alloc(expected.length);
  return fs.readSync(fd, bytes, 0, bytes.length, 0) === bytes.length && bytes.equals(expected);
}

function writeAt(fd: number, bytes: Buffer, offset: number): void {
  const written = fs.writeSync(fd, bytes, 0, bytes.length, offset);
  if (written !== bytes.length) {
    throw Object.assign(new Error(`only ${written} of ${bytes.length} bytes were written`), {
      code: 'ENOSPC',
    });
  }
}
