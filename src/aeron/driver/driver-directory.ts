/**
 * The folder of a driver. The version in cnc.dat is stored after every file is complete.
 *
 * INV-AERON-DIR-01: a driver takes the lock of the folder before it reads or removes a file of another driver, and holds
 * it until it ends. Two drivers never run in one folder. A folder is cleared only under that lock, when its driver is
 * dead and it contains only files of a driver.
 */
import fs from 'node:fs';
import path from 'node:path';
import { FolderLock, type Mapping, reserve, selectBackend, tryLock } from '../../platform/index.js';
import { BROADCAST_TRAILER_LENGTH } from '../client/conductor/broadcast.js';
import { RING_TRAILER_LENGTH } from '../client/conductor/command-ring.js';
import { CNC_FILE, LOSS_REPORT_FILE } from '../client/monitoring/driver-folder.js';
import { Section } from '../client/section.js';
import {
  CNC_HEADER_LENGTH,
  CNC_VERSION,
  CNC_VERSION_OFFSET,
  type CncHeader,
  type CncSection,
  decodeCncHeader,
  encodeCncHeader,
} from '../layout/cnc-layout.js';
import { activeDriver, clearAbandoned, removeFiles } from './abandoned-directory.js';
import type { ResolvedDriverOptions } from './driver-options.js';

const LOSS_REPORT_LENGTH = 2 ** 20;
const PAGE_SIZE = 4096;

/** The folder of a running driver and its mapped cnc.dat. */
export class DriverDirectory {
  /** Absolute path of the folder. */
  readonly path: string;
  /** The decoded header of cnc.dat. */
  readonly header: CncHeader;
  readonly #mapping: Mapping;
  readonly #lock: FolderLock;

  /**
   * Creates the folder, or takes over that of a dead driver.
   * @throws RingwireError `WRITER_EXISTS` when a driver is active in it; `COULD_NOT_ACCESS_STORAGE` when it contains
   * other files, belongs to another user or can be written by others; `NO_SPACE`
   */
  static create(options: ResolvedDriverOptions): DriverDirectory {
    const { directory } = options;
    const isNew = !fs.existsSync(directory);
    const lock = FolderLock.tryTake(directory);
    if (lock === null) throw activeDriver(directory);
    let cleared = false;
    try {
      clearAbandoned(directory, options.driverTimeoutMs);
      cleared = true;
      createFiles(directory);
      return new DriverDirectory(directory, options, lock);
    } catch (error) {
      if (cleared) removeFiles(directory);
      lock.release(cleared && isNew);
      throw error;
    }
  }

  private constructor(directory: string, options: ResolvedDriverOptions, lock: FolderLock) {
    this.path = directory;
    this.#lock = lock;
    const file = path.join(directory, CNC_FILE);
    const bytes = encodeCncHeader({
      version: CNC_VERSION,
      clientLivenessTimeoutNs: BigInt(options.clientLivenessTimeoutMs) * 1_000_000n,
      startTimestampMs: BigInt(Date.now()),
      pid: BigInt(process.pid),
      filePageSize: PAGE_SIZE,
      lengths: {
        toDriver: options.toDriverLength + RING_TRAILER_LENGTH,
        toClients: options.toClientsLength + BROADCAST_TRAILER_LENGTH,
        counterMetadata: 4 * options.counterValuesLength,
        counterValues: options.counterValuesLength,
        errorLog: options.errorLogLength,
      },
    });
    const ready = Buffer.from(bytes);
    ready.writeInt32LE(CNC_VERSION, CNC_VERSION_OFFSET);
    this.header = decodeCncHeader(ready, file);
    const fd = fs.openSync(file, 'wx+', 0o600);
    try {
      // Tools that probe only this file then see an active driver. The mapping keeps the lock.
      if (!tryLock(fd, file)) throw activeDriver(directory);
      reserve(fd, this.header.fileLength, file);
      fs.writeSync(fd, bytes, 0, CNC_HEADER_LENGTH, 0);
      this.#mapping = selectBackend(this.header.fileLength).map(fd, this.header.fileLength, true);
    } finally {
      fs.closeSync(fd);
    }
  }

  section(name: CncSection): Section {
    const { offset, length } = this.header.sections[name];
    return new Section(this.#mapping.memory, offset, length);
  }

  /** Stores the version, which lets clients connect. Call it after all files are complete. */
  publish(): void {
    new Section(this.#mapping.memory, 0, CNC_HEADER_LENGTH).store32(CNC_VERSION_OFFSET, CNC_VERSION);
  }

  /** Absolute path of a publication's log. */
  logPath(registrationId: bigint): string {
    return path.join(this.path, 'publications', `${registrationId}.logbuffer`);
  }

  /** Unmaps the file and releases the folder. `remove` deletes the files, and the folder if it is empty then. */
  close(remove: boolean): void {
    this.#mapping.flush(0, this.header.fileLength);
    this.#mapping.close();
    try {
      if (remove) removeFiles(this.path);
    } finally {
      this.#lock.release(remove);
    }
  }
}

function createFiles(directory: string): void {
  for (const name of ['publications', 'images']) fs.mkdirSync(path.join(directory, name), { mode: 0o700 });
  const lossReport = fs.openSync(path.join(directory, LOSS_REPORT_FILE), 'wx', 0o600);
  try {
    reserve(lossReport, LOSS_REPORT_LENGTH, directory);
  } finally {
    fs.closeSync(lossReport);
  }
}
