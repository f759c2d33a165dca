/** What a worker thread opens to write to the log of another thread of its process, and what it leaves when it dies. */
import fs from 'node:fs';
import { RingwireError, selectBackend } from '../../../platform/index.js';
import { WORD } from '../../core/record-header.js';
import { channelPathsOfFile } from '../../files/channel-path.js';
import { BellFile } from '../../files/doorbell-file.js';
import { openLogFile } from '../log-file.js';
import { ShmReader } from '../log-reader.js';
import { DATA_OFFSET } from '../log-record-layout.js';
import { scanLog } from '../log-scan.js';
import { clearUncommittedTail } from '../uncommitted-tail.js';
import type { WriterParts } from '../writer-parts.js';

/** What a worker needs to write to the channel of another thread; goes through `postMessage` and `workerData`. */
export interface RetryWriterHandle {
  /** The file of the channel. */
  readonly path: string;
  /** The inode of that file: a file of the same name that replaced it is refused. */
  readonly inode: bigint;
  /** The mutex and the position that all threads share. */
  readonly state: SharedArrayBuffer;
}

/** The handle of a log that this process writes. */
export function handleOf({ file }: Pick<WriterParts, 'file'>, state: SharedArrayBuffer): RetryWriterHandle {
  const inode = fs.fstatSync(file.fd, { bigint: true }).ino;
  return { path: file.path, inode, state };
}

/**
 * Opens the log of a handle for `start`. The lock stays with the thread that shares the log.
 * @throws RingwireError like `RetryWriter.attach`; nothing stays open then
 */
export function attachLog<W>({ path, inode }: RetryWriterHandle, start: (parts: WriterParts) => W): W {
  const paths = channelPathsOfFile(path);
  const file = openLogFile(paths, true);
  try {
    if (fs.fstatSync(file.fd, { bigint: true }).ino !== inode) {
      const message = `${path} is another file than the one that was shared`;
      throw new RingwireError('STORAGE_NOT_FOUND', message, { path });
    }
    const length = Math.min(file.length, DATA_OFFSET + file.header.capacity + WORD);
    // The owner of the channel has allocated every block: the check above accepts no other inode.
    const mapping = selectBackend(length).map(file.fd, length, true);
    return start({ file, mapping, bell: BellFile.open(paths.bell, file.header), position: 0 });
  } catch (error) {
    fs.closeSync(file.fd);
    throw error;
  }
}

/**
 * Finds how far a thread got that died in the middle of a write, and clears what it had not published. The caller holds
 * the mutex of that thread.
 * @returns the position of the next record, and whether the log is still sound and open
 */
export function clearAfterThread({ file, mapping }: WriterParts): {
  readonly position: number;
  readonly isSound: boolean;
} {
  const { position, error } = scanLog(ShmReader.over(file, mapping));
  if (error !== null) return { position, isSound: false };
  const area = Buffer.from(mapping.memory, DATA_OFFSET, mapping.length - DATA_OFFSET);
  clearUncommittedTail(area, position + WORD);
  return { position, isSound: true };
}
