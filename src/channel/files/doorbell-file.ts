/**
 * The bell file beside a log channel: the doorbell, and who the writer is. It keeps the channel file itself pure
 * kekbit. Losing it costs nothing but the way to sleep. docs/format.md, "Bell file".
 *
 *      +------------------------------------------------+
 *    0 | signature, "RWBELL01"                          |
 *      +------------------------------------------------+
 *   64 | asleep, u32: 1 while a reader sleeps           |  alone on its cache lines
 *      +------------------------------------------------+
 *  192 | rings, u32: how often the bell was rung (futex)|  alone on its cache lines
 *      +------------------------------------------------+
 *  320 | length, u32, and JSON: pid, start time, boot id|  the writer that created or resumed the channel
 *      +------------------------------------------------+
 * 4096
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
} from '../../platform/index.js';

const SIGNATURE = Buffer.from('RWBELL01', 'latin1');
const ASLEEP_OFFSET = 64;
const RINGS_OFFSET = 192;
const OWNER_OFFSET = 320;
const LENGTH = 4096;

/** A doorbell and the mapping below it; closing one closes the other. */
export class BellFile {
  readonly doorbell: Doorbell;
  readonly #mapping: Mapping;

  private constructor(fd: number, path: string) {
    this.#mapping = mapExisting(fd, path, { length: LENGTH, writable: true });
    this.doorbell = new Doorbell(this.#mapping.memory, ASLEEP_OFFSET, RINGS_OFFSET);
  }

  /** Writes a new bell file, in place of one that is there. Readers that hold the old one just sleep in steps. */
  static create(path: string, mode: number): BellFile {
    fs.rmSync(path, { force: true });
    const fd = fs.openSync(path, 'wx+', mode);
    try {
      reserve(fd, LENGTH, path);
      fs.writeSync(fd, SIGNATURE, 0, SIGNATURE.length, 0);
      writeOwner(fd);
      return new BellFile(fd, path);
    } catch (error) {
      fs.unlinkSync(path);
      throw error;
    } finally {
      fs.closeSync(fd);
    }
  }

  /**
   * The bell of a channel that gets a new writer: the one that is there, so that readers keep being woken, with this
   * process as its owner; a new one where there is none.
   */
  static takeOver(path: string, mode: number): BellFile {
    let fd: number | undefined;
    try {
      const file = openRegularFile(path, true);
      fd = file.fd;
      if (file.stats.size >= LENGTH && hasSignature(fd)) {
        writeOwner(fd);
        return new BellFile(fd, path);
      }
    } catch (error) {
      if (!(error instanceof RingwireError)) throw error;
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
    return BellFile.create(path, mode);
  }

  /** The bell of a channel, or null where there is none or it may not be written. */
  static open(path: string): BellFile | null {
    let fd: number | undefined;
    try {
      const file = openRegularFile(path, true);
      fd = file.fd;
      return file.stats.size >= LENGTH && hasSignature(fd) ? new BellFile(fd, path) : null;
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

/** Who created or last resumed a channel, from its bell file; null where nobody says. */
export function readOwner(path: string): ProcessIdentity | null {
  let fd: number | undefined;
  try {
    fd = openRegularFile(path, false).fd;
    if (!hasSignature(fd)) return null;
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
  fs.writeSync(fd, record, 0, record.length, OWNER_OFFSET);
}

function hasSignature(fd: number): boolean {
  const bytes = Buffer.alloc(SIGNATURE.length);
  return fs.readSync(fd, bytes, 0, bytes.length, 0) === bytes.length && bytes.equals(SIGNATURE);
}
