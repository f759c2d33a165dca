import fs from 'node:fs';

/**
 * Sets the time of the last change of a channel file to now. The kernel records the first store to a page of a mapping,
 * not every one, so that a ring in memory would seem unchanged since its first lap. Throws no error: the time is for people.
 */
export function markChanged(fd: number): void {
  const now = new Date();
  try {
    fs.futimesSync(fd, now, now);
  } catch {
    // The file system keeps its own time.
  }
}
