/**
 * The directory of a driver: made at start, with every file complete before the version says so.
 *
 * INV-AERON-DIR-01: a directory is deleted only when its driver is dead and it holds nothing but a driver's files.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  couldNotAccess,
  isLocked,
  type Mapping,
  openRegularFile,
  RingwireError,
  reserve,
  selectBackend,
  tryLock,
} from '../../platform/index.js';
import { BROADCAST_TRAILER_LENGTH } from '../client/conductor/broadcast.js';
import { RING_TRAILER_LENGTH } from '../client/conductor/command-ring.js';
import { CNC_FILE, CncFile, LOSS_REPORT_FILE } from '../client/monitoring/cnc-file.js';
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
import type { ResolvedDriverOptions } from './driver-options.js';

const RING_LENGTH = 2 ** 20;
const ERROR_LOG_LENGTH = 2 ** 20;
const LOSS_REPORT_LENGTH = 2 ** 20;
const PAGE_SIZE = 4096;
const FILES = new Set([CNC_FILE, LOSS_REPORT_FILE]);
const FOLDERS = new Set(['publications', 'images']);
const UNFINISHED = new Set(['STORAGE_NOT_READY', 'STORAGE_TRUNCATED', 'CORRUPT_CHANNEL']);

export class DriverDirectory {
  readonly path: string;
  readonly header: CncHeader;
  readonly #mapping: Mapping;

  /**
   * Takes a directory over from a dead driver, or makes it.
   * @throws RingwireError `WRITER_EXISTS` when a driver is active in it, `COULD_NOT_ACCESS_STORAGE` when it holds
   * other files, `NO_SPACE`
   */
  static create(options: ResolvedDriverOptions): DriverDirectory {
    const { directory } = options;
    clearAway(directory, options.driverTimeoutMs);
    fs.mkdirSync(path.join(directory, 'publications'), { recursive: true, mode: 0o700 });
    fs.mkdirSync(path.join(directory, 'images'), { recursive: true, mode: 0o700 });
    const lossReport = fs.openSync(path.join(directory, LOSS_REPORT_FILE), 'wx', 0o600);
    try {
      reserve(lossReport, LOSS_REPORT_LENGTH, directory);
    } finally {
      fs.closeSync(lossReport);
    }
    return new DriverDirectory(directory, options);
  }

  private constructor(directory: string, options: ResolvedDriverOptions) {
    this.path = directory;
    const file = path.join(directory, CNC_FILE);
    const bytes = encodeCncHeader({
      version: CNC_VERSION,
      clientLivenessTimeoutNs: BigInt(options.clientLivenessTimeoutMs) * 1_000_000n,
      startTimestampMs: BigInt(Date.now()),
      pid: BigInt(process.pid),
      filePageSize: PAGE_SIZE,
      lengths: {
        toDriver: RING_LENGTH + RING_TRAILER_LENGTH,
        toClients: RING_LENGTH + BROADCAST_TRAILER_LENGTH,
        counterMetadata: 4 * options.counterValuesLength,
        counterValues: options.counterValuesLength,
        errorLog: ERROR_LOG_LENGTH,
      },
    });
    const ready = Buffer.from(bytes);
    ready.writeInt32LE(CNC_VERSION, CNC_VERSION_OFFSET);
    this.header = decodeCncHeader(ready, file);
    const fd = fs.openSync(file, 'wx+', 0o600);
    try {
      // The mapping keeps the open file, and with it the lock, until this driver is gone.
      if (!tryLock(fd, file)) throw active(directory);
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

  /** Lets clients in: everything they need is there. */
  publish(): void {
    new Section(this.#mapping.memory, 0, CNC_HEADER_LENGTH).store32(CNC_VERSION_OFFSET, CNC_VERSION);
  }

  logPath(registrationId: bigint): string {
    return path.resolve(this.path, 'publications', `${registrationId}.logbuffer`);
  }

  close(remove: boolean): void {
    this.#mapping.flush(0, this.header.fileLength);
    this.#mapping.close();
    if (!remove) return;
    if (strangersIn(this.path).length === 0) fs.rmSync(this.path, { recursive: true, force: true });
    else
      for (const name of [CNC_FILE, LOSS_REPORT_FILE]) fs.rmSync(path.join(this.path, name), { force: true });
  }
}

function clearAway(directory: string, timeoutMillis: number): void {
  const stats = fs.lstatSync(directory, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw couldNotAccess(directory, new Error('it is not a folder'));
  const strangers = strangersIn(directory);
  if (strangers.length > 0) {
    throw couldNotAccess(directory, new Error(`it holds ${strangers.join(', ')}, which no driver made`));
  }
  refuseActive(directory, timeoutMillis);
  fs.rmSync(directory, { recursive: true, force: true });
}

/** What no driver puts there; links are strangers too. */
function strangersIn(directory: string): string[] {
  const strangers: string[] = [];
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const isFolder = FOLDERS.has(entry.name);
    if (isFolder ? !entry.isDirectory() : !(FILES.has(entry.name) && entry.isFile())) {
      strangers.push(entry.name);
    } else if (isFolder) {
      for (const log of fs.readdirSync(path.join(directory, entry.name), { withFileTypes: true })) {
        const name = path.join(entry.name, log.name);
        if (!log.isFile() || !log.name.endsWith('.logbuffer')) strangers.push(name);
      }
    }
  }
  return strangers;
}

/**
 * @throws RingwireError `WRITER_EXISTS` while a driver holds the lock or showed itself in time, or what else keeps
 * us from seeing that it is dead
 */
function refuseActive(directory: string, timeoutMillis: number): void {
  const file = path.join(directory, CNC_FILE);
  if (!fs.existsSync(file)) return;
  const { fd } = openRegularFile(file, false);
  try {
    if (isLocked(fd) === true) throw active(directory);
  } finally {
    fs.closeSync(fd);
  }
  try {
    using cnc = CncFile.open(directory);
    if (Date.now() - Number(cnc.driverHeartbeat) <= timeoutMillis) throw active(directory);
    const texts = cnc.errors().map(({ text }) => text);
    if (texts.length > 0) saveErrors(directory, texts);
  } catch (error) {
    // A driver that died while it made the file left one of these; anything else may belong to a living one.
    if (error instanceof RingwireError && UNFINISHED.has(error.code)) return;
    throw error;
  }
}

function active(directory: string): RingwireError {
  return new RingwireError('WRITER_EXISTS', `an active media driver was found in ${directory}`, {
    path: directory,
  });
}

/** The errors of a dead driver are kept beside its directory, for people. */
function saveErrors(directory: string, texts: readonly string[]): void {
  const time = new Date().toISOString().replaceAll(':', '-');
  fs.writeFileSync(`${path.resolve(directory)}-${time}-error.log`, `${texts.join('\n\n')}\n`, {
    mode: 0o600,
  });
}
