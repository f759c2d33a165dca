/** Keys in files that nobody but their owner can read: 64 hexadecimal digits. Never from the environment. */
import fs from 'node:fs';
import { RingwireError, reasonOf } from '../../platform/index.js';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants;
const HEX_KEY = /^[0-9a-f]{64}$/i;
const LONGEST_FILE = 256;

/**
 * Reads a key of 32 bytes.
 * @throws RingwireError `INVALID_KEY` when the file is missing, a symbolic link, owned by somebody else, open to group
 * or others, or does not hold 64 hexadecimal digits
 */
export function readKeyFile(path: string): Buffer {
  const text = readOwnSecret(path).trim();
  if (!HEX_KEY.test(text)) throw unusable(path, 'it must hold 64 hexadecimal digits and nothing else');
  return Buffer.from(text, 'hex');
}

function readOwnSecret(path: string): string {
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fs.fstatSync(fd);
    if (!stats.isFile()) throw unusable(path, 'it is not a regular file');
    if (stats.uid !== process.geteuid?.()) throw unusable(path, `it belongs to uid ${stats.uid}`);
    if ((stats.mode & 0o077) !== 0) throw unusable(path, 'group or others may use it: chmod 600');
    const bytes = Buffer.alloc(LONGEST_FILE);
    return bytes.toString('latin1', 0, fs.readSync(fd, bytes, 0, LONGEST_FILE, 0));
  } catch (error) {
    throw error instanceof RingwireError ? error : unusable(path, reasonOf(error));
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

function unusable(path: string, reason: string): RingwireError {
  return new RingwireError('INVALID_KEY', `cannot use the key file ${path}: ${reason}`, { path, reason });
}
