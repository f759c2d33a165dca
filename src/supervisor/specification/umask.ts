/** The file mode creation mask of a child. */

/** A JSON Schema pattern of a mask. */
export const UMASK_PATTERN = '^(0o)?[0-7]{1,4}$';

/** A mask from its octal digits: `022`, `0o027`. @throws Error when it is none */
export function parseUmask(text: string): number {
  const digits = new RegExp(UMASK_PATTERN).test(text.trim()) ? text.trim().replace('0o', '') : '';
  const mask = Number.parseInt(digits, 8);
  if (mask <= 0o777) return mask;
  throw new Error(`must be 1 to 4 octal digits up to 0777, not '${text}'`);
}

/** Calls `work`, which starts a child without waiting, with this mask. @throws Error in a worker thread */
export function withUmask<T>(mask: number | undefined, work: () => T): T {
  if (mask === undefined) return work();
  const before = process.umask(mask);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}
