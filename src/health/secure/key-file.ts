/** Secrets in files that only their owner can read. Keys never come from the environment. */
import fs from 'node:fs';
import { RingwireError, reasonOf } from '../../platform/index.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;
const HEX_KEY = /^[0-9a-f]{64}$/i;
/** Longest file in bytes. */
const LONGEST_FILE = 65_536;

/**
 * Reads a key of 32 bytes from a file with 64 hexadecimal digits.
 * @throws RingwireError `INVALID_KEY` when the file is missing, a symbolic link, owned by another user, accessible to
 * group or others, or does not contain 64 hexadecimal digits
 */
export function readKeyFile(path: string): Buffer {
  const text = readOwnSecret(path).trim();
  if (!HEX_KEY.test(text)) throw unusable(path, 'it must contain 64 hexadecimal digits and nothing else');
  return Buffer.from(text, 'hex');
}

/**
 * Reads keys of 32 bytes, one per line. Ignores empty lines and lines that start with `#`.
 * @throws RingwireError `INVALID_KEY` like {@link readKeyFile}, and for a file without a key
 */
export function readKeyListFile(path: string): Buffer[] {
  const lines = readOwnSecret(path)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every((line) => HEX_KEY.test(line))) {
    throw unusable(path, 'it must contain 64 hexadecimal digits per line');
  }
  return lines.map((line) => Buffer.from(line, 'hex'));
}

/**
 * Reads a text of at most 64 KiB from a file that only its owner can access.
 * @throws RingwireError `INVALID_KEY`
 */
export function readOwnSecret(path: string): string {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) throw unusable(path, 'it is not a regular file');
    if (stats.uid !== process.geteuid?.()) throw unusable(path, `it belongs to user ${stats.uid}`);
    if ((stats.mode & 0o077) !== 0) throw unusable(path, 'group or others have access: chmod 600');
    if (stats.size > LONGEST_FILE) throw unusable(path, `it has more than ${LONGEST_FILE} bytes`);
    return readAll(fd, stats.size);
  } catch (error) {
    throw error instanceof RingwireError ? error : unusable(path, reasonOf(error));
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Reads the whole file: one read may return fewer bytes than requested. */
function readAll(fd: number, size: number): string {
  const bytes = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const read = fs.readSync(fd, bytes, length, size - length, length);
    if (read === 0) break;
    length += read;
  }
  return bytes.toString('latin1', 0, length);
}

function unusable(path: string, reason: string): RingwireError {
  return new RingwireError('INVALID_KEY', `cannot use the key file ${path}: ${reason}`, { path, reason });
}
