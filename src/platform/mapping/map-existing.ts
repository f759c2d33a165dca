/**
 * Mapping of an existing file.
 *
 * INV-MEM-02: before a file is mapped for writing, every block of the mapped range is allocated. A sparse
 * file on a full disk is an error at the open, not a SIGBUS at a later store.
 */
import fs from 'node:fs';
import os from 'node:os';
import { errnoName, libc } from '../libc.js';
import type { BackendName, Mapping } from './mapping.js';
import { storageError } from './reserve.js';
import { selectBackend } from './select-backend.js';

const { EINVAL, EOPNOTSUPP } = os.constants.errno;
/** Largest block size of file systems without fallocate, as glibc assumes. */
const BLOCK = 4096;
/** `statfs` type of tmpfs, whose fallocate visits every page. */
const TMPFS = 0x0102_1994;

/** The range and the mode of a mapping. */
export interface MapRequest {
  /** Bytes from the start of the file, at most its length. */
  readonly length: number;
  /** Whether the mapping is writable. Its blocks are then allocated first. */
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
 * Allocates the holes of an existing file without a change of its bytes.
 * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
 */
export function allocate(fd: number, length: number, path: string): void {
  if (!fallocate(fd, length, path)) rewriteZeros(fd, length, path);
}

/**
 * Like {@link allocate}, for a file that another program stores to. Does nothing when the file system has no fallocate.
 * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
 */
export function allocateForeign(fd: number, length: number, path: string): void {
  fallocate(fd, length, path);
}

/** @returns false when the file system has no fallocate */
function fallocate(fd: number, length: number, path: string): boolean {
  if (isFilled(fd)) return true;
  let errno = libc().posixFallocate(fd, 0, length);
  while (errnoName(errno) === 'EINTR') errno = libc().posixFallocate(fd, 0, length);
  if (errno === 0) return true;
  if (errno === EOPNOTSUPP || errno === EINVAL) return false;
  throw storageError(path, errnoName(errno), length);
}

/**
 * Like {@link allocate}, without fallocate, as in glibc: writes a zero over the last byte of each block if that byte is
 * zero. In no format does another process store to that byte.
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
