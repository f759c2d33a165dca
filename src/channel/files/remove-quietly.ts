import fs from 'node:fs';

/**
 * Removes files while another error is on its way, or that may stay: an error here would hide the one that counts.
 */
export function removeQuietly(...paths: readonly string[]): void {
  for (const path of paths) {
    try {
      fs.rmSync(path, { force: true });
    } catch {
      // The file stays; the next creation or recovery removes it.
    }
  }
}
