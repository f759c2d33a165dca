import fs from 'node:fs';

/** Removes files and ignores errors, which would hide the error that the caller is about to throw. */
export function removeQuietly(...paths: readonly string[]): void {
  for (const path of paths) {
    try {
      fs.rmSync(path, { force: true });
    } catch {
      // The next creation or recovery removes the file.
    }
  }
}
