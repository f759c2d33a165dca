/**
 * Mapping a file that this process did not just create.
 *
 * INV-MEM-02: before a file is mapped for writing, every block of the mapped range is allocated. A file that was
 * restored or copied sparsely on a full disk is an error when it is opened, and not a SIGBUS at some later store.
 */
import fs from 'node:fs';
import os from 'node:os';
import { errnoName, libc } from '../libc.js';
import type { BackendName, Mapping } from './mapping.js';
import { storageError } from './reserve.js';
import { selectBackend } from './select-backend.js';

const { EINVAL, EOPNOTSUPP } = os.constants.errno;
/** The largest block size of the file systems that have no fallocate, as glibc assumes it. */
const BLOCK = 4096;
/** `statfs` type of tmpfs, which looks at every page to allocate none. */
const TMPFS = 0x0102_1994;

/** What to map. */
export interface MapRequest {
  /** Bytes from the beginning of the file; the file must have them. */
  readonly length: number;
  /** Whether the mapping may be stored to; its blocks are allocated first. */
  readonly writable: boolean;
  /** The back end; by default the one of {@link selectBackend}. */
  readonly backend?: BackendName | undefined;
}

/**
 * Maps an existing file.
 * @throws RingwireError `NO_SPACE` when a sparse file cannot be filled, `MEMORY_MAPPING_FAILED`, `INVALID_ARGUMENT`,
 * `COULD_NOT_ACCESS_STORAGE`
 */
export function mapExisting(fd: number, path: string, { length, writable, backend }: MapRequest): Mapping {
  const chosen = selectBackend(length, backend);
  if (writable) allocate(fd, length, path);
  return chosen.map(fd, length, writable);
}

/**
 * Allocates the holes of an existing file and changes no byte of it.
 * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
 */
export function allocate(fd: number, length: number, path: string): void {
  if (!fallocate(fd, length, path)) rewriteZeros(fd, length, path);
}

/**
 * The same for a file of another program that is storing to it: does nothing where the file system has no fallocate.
 * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
 */
export function allocateForeign(fd: number, length: number, path: string): void {
  fallocate(fd, length, path);
}

/** @returns false where the file system has no fallocate */
function fallocate(fd: number, length: number, path: string): boolean {
  if (isFilled(fd)) return true;
  let errno = libc().posixFallocate(fd, 0, length);
  while (errnoName(errno) === 'EINTR') errno = libc().posixFallocate(fd, 0, length);
  if (errno === 0) return true;
  if (errno === EOPNOTSUPP || errno === EINVAL) return false;
  throw storageError(path, errnoName(errno), length);
}

/**
 * The same where the file system has no fallocate, as glibc does it: writes a zero over the last byte of each block if
 * that byte is zero. The formats keep no word that another process may be storing there.
 */
export function rewriteZeros(fd: number, length: number, path: string): void {
  const byte = Buffer.alloc(1);
  try {
    for (let at = Math.min(BLOCK, length) - 1; at < length; at = nextOf(at, length)) {
      if (fs.readSync(fd, byte, 0, 1, at) === 1 && byte[0] === 0) fs.writeSync(fd, byte, 0, 1, at);
    }
  } catch (error) {
    throw storageError(path, (error as NodeJS.ErrnoException).code ?? String(error), length, error);
  }
}

/** Whether a file on tmpfs, where the number of blocks is exact, has no hole. */
function isFilled(fd: number): boolean {
  const { blocks, size } = fs.fstatSync(fd);
  return blocks * 512 >= size && fs.statfsSync(`/proc/self/fd/${fd}`).type === TMPFS;
}

function nextOf(at: number, length: number): number {
  return at === length - 1 ? length : Math.min(at + BLOCK, length - 1);
}
