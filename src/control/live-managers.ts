/**
 * The managers of this user that run: a file for each in `ringwire/managers` of the user's cache folder. A manager holds
 * the lock of its file from before the file gets its name until the process ends, so a file without a lock belongs to a
 * manager that has ended, for any reason. Each listing removes such files.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { folderFault, isLocked, makeOwnFolder, tryLockNew } from '../platform/index.js';
import { cacheFolder } from './cache-folder.js';

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
const SUFFIX = '.json';

/** A manager that runs. */
export interface LiveManager {
  /** Absolute path of its runtime folder. */
  readonly runtimeDir: string;
  /** Process id of the manager. */
  readonly pid: number;
  /** When it registered, Unix milliseconds. */
  readonly startedAt: number;
  /** Absolute path of its configuration file. */
  readonly configuration: string;
}

/** The entry of a manager in the list; it lasts until {@link close} or the end of the process. */
export class ManagerEntry implements Disposable {
  readonly #file: string;
  #fd: number;

  /**
   * Adds the manager of this process to the list.
   * @param environment decides the place of the user's cache folder
   * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, or the error of the operating system
   */
  static register(
    manager: Pick<LiveManager, 'runtimeDir' | 'configuration'>,
    environment: NodeJS.ProcessEnv = process.env,
  ): ManagerEntry {
    const folder = listFolder(environment);
    makeOwnFolder(folder);
    const name = `${process.pid}-${randomBytes(6).toString('hex')}`;
    // Listings ignore this name: the file is locked before it has its final one.
    const temporary = path.join(folder, `.${name}`);
    const file = path.join(folder, `${name}${SUFFIX}`);
    const fd = fs.openSync(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      tryLockNew(fd, temporary);
      const entry: LiveManager = {
        runtimeDir: path.resolve(manager.runtimeDir),
        pid: process.pid,
        startedAt: Date.now(),
        configuration: path.resolve(manager.configuration),
      };
      fs.writeFileSync(fd, `${JSON.stringify(entry)}\n`);
      fs.renameSync(temporary, file);
      return new ManagerEntry(file, fd);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      fs.closeSync(fd);
      throw error;
    }
  }

  private constructor(file: string, fd: number) {
    this.#file = file;
    this.#fd = fd;
  }

  /** Removes the manager from the list. A second call does nothing. */
  close(): void {
    if (this.#fd < 0) return;
    fs.rmSync(this.#file, { force: true });
    fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The managers of this user that run and have registered, in the order of their folders. */
export function liveManagers(environment: NodeJS.ProcessEnv = process.env): readonly LiveManager[] {
  const folder = listFolder(environment);
  let names: string[];
  try {
    if (folderFault(fs.lstatSync(folder)) !== null) return [];
    names = fs.readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(SUFFIX))
    .flatMap((name) => readEntry(path.join(folder, name)))
    .sort((a, b) => (a.runtimeDir < b.runtimeDir ? -1 : 1));
}

/** The manager of a file; none when it has ended: then the file is removed. */
function readEntry(file: string): LiveManager[] {
  try {
    const fd = fs.openSync(file, O_RDWR | O_NOFOLLOW);
    try {
      // Where the file system does not report locks, the manager may run.
      if (isLocked(fd) !== false) return [JSON.parse(fs.readFileSync(fd, 'utf8')) as LiveManager];
      fs.rmSync(file, { force: true });
      return [];
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    // Another listing has removed it, or it belongs to another user.
    return [];
  }
}

function listFolder(environment: NodeJS.ProcessEnv): string {
  return path.join(cacheFolder(environment), 'ringwire', 'managers');
}
