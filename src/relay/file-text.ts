/** Texts in files: tokens, passwords and certificates, which never stand on a command line. */
import fs from 'node:fs';
import { couldNotAccess } from '../platform/index.js';

/** The text of a file without blanks around it. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
export function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw couldNotAccess(file, error);
  }
}
