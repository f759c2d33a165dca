/**
 * Creating and opening the file of a log channel.
 *
 * INV-FILE-01: under its final name a channel is complete: header, first marker, every block allocated, on disk.
 * INV-FILE-02: a creation that fails leaves nothing behind, and touches no file but its own.
 * INV-FILE-03: the writer's lock is held from before the file appears until the writer is gone.
 */
import fs from 'node:fs';
import {
  couldNotAccess,
  openRegularFile,
  RingwireError,
  reserve,
  storageError,
  systemCode,
  tryLock,
} from '../memory/index.js';
import type { ChannelPaths } from './channel-path.js';
import { storageNotReady, takeCreationLock, temporaryPath } from './creation-lock.js';
import { type ChannelHeader, decodeHeader, encodeHeader, HEADER_LENGTH } from './log-header-layout.js';
import { fileLengthFor } from './log-limits.js';
import { DATA_OFFSET, HEARTBEAT, WATERMARK, WORD } from './log-record-layout.js';
import type { ChannelProfile } from './options.js';

/** An open channel file. The descriptor belongs to whoever holds this. */
export interface LogFile {
  readonly fd: number;
  readonly path: string;
  readonly header: ChannelHeader;
  /** Length of the file in bytes when it was opened. */
  readonly length: number;
}

/**
 * Builds a channel under a temporary name and publishes it whole; `prepare` runs just before publication.
 * @throws RingwireError `STORAGE_ALREADY_EXISTS`, `STORAGE_NOT_READY`, `NO_SPACE` or `COULD_NOT_ACCESS_STORAGE`
 */
export function createLogFile(
  paths: ChannelPaths,
  header: ChannelHeader,
  options: { readonly profile: ChannelProfile; readonly fileMode: number },
  prepare: () => void = () => {},
): LogFile {
  refuseExisting(paths);
  try {
    fs.mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw storageError(paths.folder, systemCode(error) ?? '', 0, error);
  }
  const lock = takeCreationLock(paths);
  try {
    refuseExisting(paths);
    const file = build(paths, header, options);
    try {
      prepare();
      publish(temporaryPath(paths), paths);
      return file;
    } catch (error) {
      fs.closeSync(file.fd);
      throw error;
    } finally {
      fs.rmSync(temporaryPath(paths), { force: true });
    }
  } finally {
    lock.release();
  }
}

function build(
  paths: ChannelPaths,
  header: ChannelHeader,
  options: { readonly profile: ChannelProfile; readonly fileMode: number },
): LogFile {
  const temporary = temporaryPath(paths);
  const length = fileLengthFor(header.capacity);
  let fd: number | undefined;
  try {
    fd = fs.openSync(temporary, 'wx+', options.fileMode);
    if (!tryLock(fd, temporary)) throw new Error('the new file is locked by somebody else');
    reserve(fd, length, paths.file);
    writeAt(fd, encodeHeader(header), 0);
    writeAt(fd, firstMarkers(options.profile), DATA_OFFSET);
    fs.fsyncSync(fd);
    return { fd, path: paths.file, header, length };
  } catch (error) {
    if (fd !== undefined) fs.closeSync(fd);
    fs.rmSync(temporary, { force: true });
    if (error instanceof RingwireError) throw error;
    throw storageError(paths.file, systemCode(error) ?? '', length, error);
  }
}

/** The heartbeat profile begins with a heartbeat, so its first record stands at position 8. */
function firstMarkers(profile: ChannelProfile): Buffer {
  const markers = Buffer.alloc(profile === 'heartbeat' ? 2 * WORD : WORD);
  markers.writeBigInt64LE(WATERMARK, markers.length - WORD);
  if (profile === 'heartbeat') markers.writeBigInt64LE(HEARTBEAT, 0);
  return markers;
}

/** Gives the file its name, failing if the name exists; where links are not possible, through a placeholder. */
function publish(temporary: string, paths: ChannelPaths): void {
  try {
    fs.linkSync(temporary, paths.file);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') throw alreadyExists(paths);
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS')
      throw storageError(paths.file, code ?? '', 0, error);
    publishByRename(temporary, paths);
  }
  syncFolder(paths.folder);
}

/** Readers take the placeholder for a channel in creation: the creation lock exists as long as it does. */
function publishByRename(temporary: string, paths: ChannelPaths): void {
  try {
    fs.closeSync(fs.openSync(paths.file, 'wx', 0o600));
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? alreadyExists(paths) : couldNotAccess(paths.file, error);
  }
  fs.renameSync(temporary, paths.file);
}

function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function refuseExisting(paths: ChannelPaths): void {
  if (fs.lstatSync(paths.file, { throwIfNoEntry: false }) !== undefined) throw alreadyExists(paths);
}

function alreadyExists(paths: ChannelPaths): RingwireError {
  return new RingwireError(
    'STORAGE_ALREADY_EXISTS',
    `${paths.file} exists: a channel is written once; use another channel id, remove the file, or resume it`,
    { path: paths.file },
  );
}

function writeAt(fd: number, bytes: Buffer, offset: number): void {
  if (fs.writeSync(fd, bytes, 0, bytes.length, offset) !== bytes.length) throw new Error('short write');
}

/**
 * Opens an existing channel and checks its header, in the order of the original.
 * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE`, `STORAGE_TRUNCATED` or
 * the errors of the header
 */
export function openLogFile(paths: ChannelPaths, writable: boolean): LogFile {
  if (fs.lstatSync(paths.file, { throwIfNoEntry: false }) !== undefined && fs.existsSync(paths.lock)) {
    throw storageNotReady(paths);
  }
  const { fd, stats } = openRegularFile(paths.file, writable);
  try {
    const length = stats.size;
    if (length < HEADER_LENGTH) throw truncatedAtOpen(paths.file, length, HEADER_LENGTH);
    const bytes = Buffer.alloc(HEADER_LENGTH);
    fs.readSync(fd, bytes, 0, HEADER_LENGTH, 0);
    const header = decodeHeader(bytes, paths.file);
    if (length < DATA_OFFSET + WORD) throw truncatedAtOpen(paths.file, length, DATA_OFFSET + WORD);
    return { fd, path: paths.file, header, length };
  } catch (error) {
    fs.closeSync(fd);
    throw error instanceof RingwireError ? error : couldNotAccess(paths.file, error);
  }
}

function truncatedAtOpen(path: string, length: number, needed: number): RingwireError {
  return new RingwireError(
    'STORAGE_TRUNCATED',
    `${path} has ${length} bytes, a channel has at least ${needed}: it was cut or never written`,
    { path, length, needed },
  );
}
