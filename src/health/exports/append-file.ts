/**
 * An append-only file of lines, with rotation. A write error is reported and retried. Lines wait in memory up to a limit,
 * and no line remains incomplete.
 *
 * INV-APPEND-01: a failed write, sync or rotation loses no accepted line. Written bytes remain, the rest is retried, and
 * lines beyond the limit are counted and reported.
 */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess, reasonOf, systemCode } from '../../platform/index.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = fs.constants;
/** Number of rotated files that are kept: PATH.1 (the newest) to PATH.5. */
const KEPT_FILES = 5;
/** Most bytes in memory while the file cannot be written. */
const MAX_WAITING = 1024 * 1024;

/** Options of export files. */
export interface AppendFileOptions {
  /** Largest file in bytes, after which a new file is started. Default: no limit. */
  readonly maxBytes?: number;
  /** Number of lines after which the file is synced to disk; 0: never. Default: 0. */
  readonly syncEvery?: number;
  /** Called with a message at the first of consecutive write errors, and when lines were lost. Default: none. */
  readonly onError?: (message: string) => void;
}

/** Appends lines to a file. Reports and retries errors. */
export class AppendFile {
  /** The absolute path. */
  readonly path: string;
  readonly #maxBytes: number;
  readonly #syncEvery: number;
  readonly #onError: (message: string) => void;
  #fd: number;
  #size: number;
  /** Accepted bytes that are not yet written. The first line may be partly written. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #unsynced = 0;
  #failed = false;
  #lost = 0;
  /** Whether the old file was renamed and the new one could not be opened: only the open is retried. */
  #renamed = false;

  /** Opens the file for appending. A new file has mode 0600. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
  constructor(file: string, options: AppendFileOptions = {}) {
    this.path = path.resolve(file);
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#syncEvery = options.syncEvery ?? 0;
    this.#onError = options.onError ?? (() => {});
    this.#fd = openForAppending(this.path);
    this.#size = fs.fstatSync(this.#fd).size;
  }

  /** Number of lines lost because the file could not be written. */
  get lost(): number {
    return this.#lost;
  }

  /** Whether the file is empty. */
  get isEmpty(): boolean {
    return this.#size === 0 && this.#waitingBytes === 0;
  }

  /** Accepts a line with its newline. {@link flush} writes it. */
  append(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > MAX_WAITING) {
      this.#lost++;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** Writes the accepted lines. Reports errors and never throws. */
  flush(): void {
    if (this.#fd < 0) return;
    try {
      while (this.#waiting.length > 0) this.#writeFirst();
      if (this.#syncEvery > 0 && this.#unsynced >= this.#syncEvery) this.#sync();
      if (this.#failed && this.#lost > 0) {
        this.#onError(`${this.path} can be written again; ${this.#lost} lines were lost so far`);
      }
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#onError(`cannot write ${this.path}: ${reasonOf(error)}`);
      this.#failed = true;
    }
  }

  /** Writes the rest and closes the file. A second call does nothing. */
  close(): void {
    if (this.#fd < 0) return;
    this.flush();
    fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  #writeFirst(): void {
    const line = this.#waiting[0] as Buffer;
    if (this.#renamed || (this.#size > 0 && this.#size + line.length > this.#maxBytes)) this.#rotate();
    const written = fs.writeSync(this.#fd, line);
    this.#size += written;
    this.#waitingBytes -= written;
    if (written < line.length) {
      this.#waiting[0] = line.subarray(written);
      return;
    }
    this.#waiting.shift();
    if (this.#syncEvery > 0 && ++this.#unsynced >= this.#syncEvery) this.#sync();
  }

  #sync(): void {
    fs.fdatasyncSync(this.#fd);
    this.#unsynced = 0;
  }

  #rotate(): void {
    if (!this.#renamed) {
      for (let i = KEPT_FILES; i > 1; i--) {
        const older = `${this.path}.${i - 1}`;
        if (fs.existsSync(older)) fs.renameSync(older, `${this.path}.${i}`);
      }
      renameIfThere(this.path, `${this.path}.1`);
      this.#renamed = true;
    }
    const fd = openForAppending(this.path);
    fs.closeSync(this.#fd);
    this.#fd = fd;
    this.#size = fs.fstatSync(fd).size;
    this.#renamed = false;
  }
}

/** The file may have been moved away by another program. */
function renameIfThere(from: string, to: string): void {
  try {
    fs.renameSync(from, to);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function openForAppending(file: string): number {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: the open of a FIFO without a reader would block. A FIFO is refused below.
    fd = fs.openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    const stats = fs.fstatSync(fd);
    if (stats.isFIFO() || stats.isSocket()) throw new Error('it is a FIFO or a socket');
    return fd;
  } catch (error) {
    if (fd !== undefined) fs.closeSync(fd);
    throw couldNotAccess(file, error);
  }
}
