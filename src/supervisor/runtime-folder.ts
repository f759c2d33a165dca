/**
 * The runtime folder. It belongs to this user alone, and one manager at a time holds its lock. Its secret distinguishes
 * the children of its managers from other processes.
 *
 * INV-SUP-02: the lock is an advisory lock on a file that is never removed, so two managers never both hold it.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { couldNotAccess, makeOwnFolder, RingwireError, tryLock } from '../platform/index.js';
import { isDead, readStat } from './process/proc-files.js';
import { SupervisorError } from './supervisor-error.js';

const LOCK_FILE = 'manager.lock';
const SECRET_FILE = 'marks.key';
const SECRET_LENGTH = 32;
/** Attempts to take a lock whose manager is dead, before it counts as taken. */
const LOOKS = 100;
const LOOK_MILLIS = 20;
const OTHERS_WRITE = 0o022;
const { O_RDWR, O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;

/** A runtime folder that this process holds. */
export class RuntimeFolder {
  /** Absolute. */
  readonly path: string;
  /** Known to the managers of this folder only; see process/child-marks.ts. */
  readonly secret: Buffer;
  #lock: number;

  /**
   * Creates the folder with mode 0700, or checks the one that exists, and takes it.
   * @throws SupervisorError `MANAGER_RUNNING` with the pid of the other manager
   * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when another user owns the folder or may write to it
   */
  static async claim(folder: string): Promise<RuntimeFolder> {
    const absolute = path.resolve(folder);
    makeOwnFolder(absolute);
    if ((fs.lstatSync(absolute).mode & OTHERS_WRITE) !== 0) {
      const reason = 'other users may write to it';
      throw new RingwireError(
        'COULD_NOT_ACCESS_STORAGE',
        `cannot use ${absolute} as a runtime folder: ${reason}; choose a folder of your own`,
        { path: absolute, reason },
      );
    }
    const lock = await takeLock(absolute);
    try {
      return new RuntimeFolder(absolute, lock);
    } catch (error) {
      fs.closeSync(lock);
      throw error;
    }
  }

  private constructor(folder: string, lock: number) {
    this.path = folder;
    this.#lock = lock;
    this.secret = readSecret(path.join(folder, SECRET_FILE));
  }

  /** A folder inside, created with mode 0700 or checked. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
  folder(name: string): string {
    const inner = path.join(this.path, name);
    makeOwnFolder(inner);
    return inner;
  }

  /** Releases the lock, so that another manager can take the folder. A second call does nothing. */
  release(): void {
    if (this.#lock >= 0) fs.closeSync(this.#lock);
    this.#lock = -1;
  }
}

async function takeLock(folder: string): Promise<number> {
  const file = path.join(folder, LOCK_FILE);
  const fd = fs.openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    for (let look = 0; !tryLock(fd, file); look++) {
      const pid = /^\d+/.exec(fs.readFileSync(file, 'utf8'))?.[0] ?? 'unknown';
      // A child that a killed manager was just starting holds the lock until it executes its command.
      if (look === LOOKS || isAlive(Number(pid))) throw taken(folder, pid);
      await pause(LOOK_MILLIS);
    }
    writePid(fd);
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

function isAlive(pid: number): boolean {
  const stat = Number.isNaN(pid) ? null : readStat(pid);
  return stat !== null && !isDead(stat);
}

function taken(folder: string, pid: string): SupervisorError {
  return new SupervisorError(
    'MANAGER_RUNNING',
    `a manager (pid ${pid}) already runs in ${folder}: stop it, or choose another runtime folder`,
    { path: folder },
  );
}

/** Writes the pid, which only the error message of another manager shows: a full disk does not matter. */
function writePid(fd: number): void {
  try {
    fs.ftruncateSync(fd);
    fs.writeSync(fd, `${process.pid}\n`, 0);
  } catch {
    // The lock decides, not the text.
  }
}

/** The secret of the folder; a new one when there is none. */
function readSecret(file: string): Buffer {
  try {
    const fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW);
    try {
      const kept = fs.readFileSync(fd);
      if (kept.length === SECRET_LENGTH) return kept;
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw couldNotAccess(file, error);
  }
  return createSecret(file);
}

function createSecret(file: string): Buffer {
  const secret = randomBytes(SECRET_LENGTH);
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const fd = fs.openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      fs.writeFileSync(fd, secret);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, file);
  } catch {
    // With a full disk the next manager finds the children by their records alone.
    fs.rmSync(temporary, { force: true });
  }
  return secret;
}
