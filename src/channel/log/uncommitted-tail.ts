/**
 * The uncommitted tail: bytes after the WATERMARK that a dead writer left in a claim or in a batch without its
 * commit. They may look like records. A writer that resumes the channel clears them first.
 */
const CHUNK = 65_536;
const ZEROS = Buffer.alloc(CHUNK);

/** Bytes from `start` to the last nonzero byte; 0 if all are zero. */
export function residueLength(area: Buffer, start: number): number {
  for (let end = area.length; end > start; ) {
    const from = Math.max(start, end - CHUNK);
    if (!isZero(area, from, end)) {
      let last = end - 1;
      while (area[last] === 0) last--;
      return last + 1 - start;
    }
    end = from;
  }
  return 0;
}

/**
 * Clears all bytes from `start`. Does not write to a page that is already zero. Clears from the end to the beginning:
 * after a death of this process the remaining bytes still start at `start`.
 */
export function clearUncommittedTail(area: Buffer, start: number): void {
  for (let end = area.length; end > start; ) {
    const from = Math.max(start, end - CHUNK);
    if (!isZero(area, from, end)) area.fill(0, from, end);
    end = from;
  }
}

function isZero(area: Buffer, from: number, end: number): boolean {
  // In this order: Deno refuses a range of the target that lies beyond the length of the source.
  return area.compare(ZEROS, 0, end - from, from, end) === 0;
}
