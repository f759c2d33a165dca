/**
 * The uncommitted tail: bytes after the WATERMARK that a writer left when it died, in a claim or in a batch whose one commit never
 * came. They may look like records and are none: a writer that resumes the channel clears them first.
 */
const CHUNK = 65_536;
const ZEROS = Buffer.alloc(CHUNK);

/** Bytes from `start` to the last one that is not zero; 0 when all are. */
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
 * Makes everything from `start` on zero, touching no page that is zero already. Goes from the end to the beginning:
 * what is left when this process dies on the way still begins at `start`.
 */
export function clearUncommittedTail(area: Buffer, start: number): void {
  for (let end = area.length; end > start; ) {
    const from = Math.max(start, end - CHUNK);
    if (!isZero(area, from, end)) area.fill(0, from, end);
    end = from;
  }
}

function isZero(area: Buffer, from: number, end: number): boolean {
  return ZEROS.compare(area, from, end, 0, end - from) === 0;
}
