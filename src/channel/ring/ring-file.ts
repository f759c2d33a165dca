/** Creates and opens the file of a ring channel. */
import fs from 'node:fs';
import {
  couldNotAccess,
  openRegularFile,
  ownIdentity,
  type ProcessIdentity,
  parseIdentity,
  RingwireError,
} from '../../platform/index.js';
import { createChannelFile } from '../files/channel-file.js';
import type { ChannelPaths } from '../files/channel-path.js';
import { type ClaimedPaths, requireComplete } from '../files/creation-lock.js';
import {
  decodeRingHeader,
  encodeRingHeader,
  OWNER_LENGTH,
  OWNER_OFFSET,
  RING_HEADER_FIELDS_LENGTH,
  type RingHeader,
  ringFileLength,
  WRITER_LOCK,
} from './ring-header-layout.js';

/** An open ring file. The owner of this object closes the descriptor. */
export interface RingFile {
  /** The file descriptor. */
  readonly fd: number;
  /** The ring file, as an absolute path. */
  readonly path: string;
  /** The header of the ring. */
  readonly header: RingHeader;
  /** Whether the descriptor may write. */
  readonly writable: boolean;
}

/**
 * Creates the complete file of a ring and holds the writer's lock.
 * @throws RingwireError like `createChannelFile`
 */
export function createRingFile(paths: ClaimedPaths, header: RingHeader, fileMode: number): RingFile {
  const fd = createChannelFile(paths, {
    length: ringFileLength(header.capacity),
    contents: [
      [0, encodeRingHeader(header)],
      [OWNER_OFFSET, ownerRecord()],
    ],
    lock: WRITER_LOCK,
    fileMode,
  });
  return { fd, path: paths.file, header, writable: true };
}

/**
 * Opens an existing ring. `write-if-allowed` opens it read-only without write permission.
 * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE`, `STORAGE_TRUNCATED` or
 * the errors of the header
 */
export function openRingFile(paths: ChannelPaths, access: 'write' | 'write-if-allowed'): RingFile {
  requireComplete(paths);
  const { fd, stats, writable } = open(paths.file, access);
  try {
    const bytes = Buffer.alloc(RING_HEADER_FIELDS_LENGTH);
    requireLength(paths.file, stats.size, bytes.length);
    fs.readSync(fd, bytes, 0, bytes.length, 0);
    const header = decodeRingHeader(bytes, paths.file);
    requireLength(paths.file, stats.size, ringFileLength(header.capacity));
    return { fd, path: paths.file, header, writable };
  } catch (error) {
    fs.closeSync(fd);
    throw error instanceof RingwireError ? error : couldNotAccess(paths.file, error);
  }
}

/** Stores the identity of this process as the writer. */
export function writeOwner(fd: number): void {
  const record = ownerRecord();
  fs.writeSync(fd, record, 0, record.length, OWNER_OFFSET);
}

/** Returns the process that created or last resumed a ring; null if the file does not name it. */
export function readRingOwner(fd: number): ProcessIdentity | null {
  const record = Buffer.alloc(OWNER_LENGTH);
  fs.readSync(fd, record, 0, record.length, OWNER_OFFSET);
  return ownerIn(record);
}

/** The process that an owner record names; null if it names none. */
export function ownerIn(record: Buffer): ProcessIdentity | null {
  return parseIdentity(record.toString('utf8', 4, 4 + Math.min(record.readUInt32LE(), OWNER_LENGTH - 4)));
}

function ownerRecord(): Buffer {
  const text = Buffer.from(JSON.stringify(ownIdentity()));
  const record = Buffer.alloc(4 + text.length);
  record.writeUInt32LE(text.length);
  text.copy(record, 4);
  return record;
}

function open(path: string, access: 'write' | 'write-if-allowed') {
  try {
    return { ...openRegularFile(path, true), writable: true };
  } catch (error) {
    if (access === 'write' || (error as RingwireError).code !== 'COULD_NOT_ACCESS_STORAGE') throw error;
    return { ...openRegularFile(path, false), writable: false };
  }
}

function requireLength(path: string, length: number, needed: number): void {
  if (length >= needed) return;
  throw new RingwireError(
    'STORAGE_TRUNCATED',
    `${path} has ${length} bytes, this ring has ${needed}: the file was truncated, or never written completely`,
    { path, length, needed },
  );
}
