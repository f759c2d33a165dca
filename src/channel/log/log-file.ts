/** Creates and opens the file of a log channel. */
import fs from 'node:fs';
import { couldNotAccess, openRegularFile, RingwireError, WHOLE_FILE } from '../../platform/index.js';
import type { ChannelProfile } from '../core/channel-options.js';
import { type ChannelHeader, encodeHeader, HEADER_LENGTH } from '../core/header-layout.js';
import { WORD } from '../core/record-header.js';
import { createChannelFile } from '../files/channel-file.js';
import type { ChannelPaths } from '../files/channel-path.js';
import { type ClaimedPaths, requireComplete } from '../files/creation-lock.js';
import { decodeHeader } from './log-header.js';
import { DATA_OFFSET, HEARTBEAT, WATERMARK } from './log-record-layout.js';
import { fileLengthFor } from './log-sizes.js';

/** An open channel file. The owner of this object closes the descriptor. */
export interface LogFile {
  /** The file descriptor. */
  readonly fd: number;
  /** The channel file, as an absolute path. */
  readonly path: string;
  /** The header of the channel. */
  readonly header: ChannelHeader;
  /** Length of the file at opening, in bytes. */
  readonly length: number;
}

/**
 * Creates the complete file of a log channel. Calls `prepare` just before the file gets its name.
 * @throws RingwireError `STORAGE_ALREADY_EXISTS`, `STORAGE_NOT_READY`, `NO_SPACE` or `COULD_NOT_ACCESS_STORAGE`
 */
export function createLogFile(
  paths: ClaimedPaths,
  header: ChannelHeader,
  { profile, fileMode }: { readonly profile: ChannelProfile; readonly fileMode: number },
  prepare?: () => void,
): LogFile {
  const length = fileLengthFor(header.capacity);
  const contents: [number, Buffer][] = [
    [0, encodeHeader(header)],
    [DATA_OFFSET, firstMarkers(profile)],
  ];
  const fd = createChannelFile(paths, { length, contents, lock: WHOLE_FILE, fileMode }, prepare);
  return { fd, path: paths.file, header, length };
}

/**
 * Initial words of a log. The heartbeat profile starts with a heartbeat, so that its first record is at position 8.
 */
function firstMarkers(profile: ChannelProfile): Buffer {
  const markers = Buffer.alloc(profile === 'heartbeat' ? 2 * WORD : WORD);
  markers.writeBigInt64LE(WATERMARK, markers.length - WORD);
  if (profile === 'heartbeat') markers.writeBigInt64LE(HEARTBEAT, 0);
  return markers;
}

/**
 * Opens an existing channel and checks its header in the order of kekbit.
 * @throws RingwireError `STORAGE_NOT_FOUND`, `STORAGE_NOT_READY`, `COULD_NOT_ACCESS_STORAGE`, `STORAGE_TRUNCATED` or
 * the errors of the header
 */
export function openLogFile(paths: ChannelPaths, writable: boolean): LogFile {
  requireComplete(paths);
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
    `${path} has ${length} bytes, a channel has at least ${needed}: the file was truncated, or never written completely`,
    { path, length, needed },
  );
}
