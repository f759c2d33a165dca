/**
 * Clears the folder of a dead driver. The caller holds the lock of the folder, so that no other driver of ringwire reads
 * or clears it. Drivers of Aeron take no lock: their heartbeat and mapping show whether they run.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  couldNotAccess,
  FOLDER_LOCK,
  isLocked,
  openRegularFile,
  RingwireError,
} from '../../platform/index.js';
import { CncFile } from '../client/monitoring/cnc-file.js';
import { CNC_FILE, LOSS_REPORT_FILE } from '../client/monitoring/driver-folder.js';

const FILES = new Set([CNC_FILE, LOSS_REPORT_FILE]);
const FOLDERS = new Set(['publications', 'images']);
/** Name of the unfinished file of a driver that died while it created its files. */
const UNFINISHED = new Set(['STORAGE_NOT_READY', 'STORAGE_TRUNCATED', 'CORRUPT_CHANNEL']);
const CLOSED = -1n;

/**
 * Removes all files of a dead driver. The folder remains.
 * @param timeoutMs age of a heartbeat, in milliseconds, at which a driver counts as dead
 * @throws RingwireError `WRITER_EXISTS` while a driver is active, `COULD_NOT_ACCESS_STORAGE` for other files
 */
export function clearAbandoned(directory: string, timeoutMs: number): void {
  const strangers = foreignFiles(directory);
  if (strangers.length > 0) {
    throw couldNotAccess(
      directory,
      new Error(`it contains ${strangers.join(', ')}, which no driver created: choose another folder`),
    );
  }
  refuseActive(directory, timeoutMs);
  removeFiles(directory);
}

/** Removes the files of a driver. The folder remains. */
export function removeFiles(directory: string): void {
  for (const name of [...FILES, ...FOLDERS]) {
    fs.rmSync(path.join(directory, name), { recursive: true, force: true });
  }
}

/** Names in the folder that no driver creates, symbolic links included. */
function foreignFiles(directory: string): string[] {
  const foreign: string[] = [];
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const isFolder = FOLDERS.has(entry.name);
    if (entry.name === FOLDER_LOCK && entry.isFile()) continue;
    if (isFolder ? !entry.isDirectory() : !(FILES.has(entry.name) && entry.isFile())) {
      foreign.push(entry.name);
    } else if (isFolder) {
      for (const log of fs.readdirSync(path.join(directory, entry.name), { withFileTypes: true })) {
        if (!log.isFile() || !log.name.endsWith('.logbuffer')) foreign.push(path.join(entry.name, log.name));
      }
    }
  }
  return foreign;
}

/** The error of a start in the folder of an active driver. */
export function activeDriver(directory: string): RingwireError {
  return new RingwireError(
    'WRITER_EXISTS',
    `a media driver is active in ${directory}: stop it, or choose another folder`,
    { path: directory },
  );
}

/**
 * @throws RingwireError `WRITER_EXISTS` unless the driver is known to be dead; `COULD_NOT_ACCESS_STORAGE`
 */
function refuseActive(directory: string, timeoutMs: number): void {
  const file = path.join(directory, CNC_FILE);
  if (!fs.existsSync(file)) return;
  const { fd } = openRegularFile(file, false);
  try {
    if (isLocked(fd) === true) throw activeDriver(directory);
  } finally {
    fs.closeSync(fd);
  }
  try {
    using cnc = CncFile.open(directory);
    const { driverHeartbeat, header } = cnc;
    if (Date.now() - Number(driverHeartbeat) <= timeoutMs) throw activeDriver(directory);
    // The wall clock may have jumped forward: a process that still maps the file is not dead.
    if (driverHeartbeat !== CLOSED && mapsFile(header.pid, file)) throw activeDriver(directory);
    saveErrors(directory, cnc);
  } catch (error) {
    if (error instanceof RingwireError && UNFINISHED.has(error.code)) return;
    throw error;
  }
}

/** Whether another process with this id maps the file; false when its maps are not readable. */
function mapsFile(pid: bigint, file: string): boolean {
  if (Number(pid) === process.pid) return false;
  try {
    return fs.readFileSync(`/proc/${pid}/maps`, 'utf8').includes(fs.realpathSync(file));
  } catch {
    return false;
  }
}

/** Keeps the error log of a dead driver as text beside its folder. */
function saveErrors(directory: string, cnc: CncFile): void {
  const texts = cnc.errors().map(({ text }) => text);
  if (texts.length === 0) return;
  const time = new Date().toISOString().replaceAll(':', '-');
  const file = `${path.resolve(directory)}-${time}-error.log`;
  fs.writeFileSync(file, `${texts.join('\n\n')}\n`, { mode: 0o600, flag: 'wx' });
}
