/** Reads a part of a channel file. */
import fs from 'node:fs';
import { couldNotAccess, RingwireError } from '../../../platform/index.js';

/**
 * Reads `length` bytes at the file offset `position` into `bytes` from `offset`.
 * @throws RingwireError `STORAGE_TRUNCATED` if the file is shorter, `COULD_NOT_ACCESS_STORAGE`
 */
export function readExactly(
  fd: number,
  path: string,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
): void {
  let found: number;
  try {
    found = fs.readSync(fd, bytes, offset, length, position);
  } catch (error) {
    throw couldNotAccess(path, error);
  }
  if (found === length) return;
  throw new RingwireError('STORAGE_TRUNCATED', `${path} was truncated while it was open`, {
    path,
    length: position + found,
    needed: position + length,
  });
}
