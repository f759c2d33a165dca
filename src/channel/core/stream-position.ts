/** Positions in a stream of records, and where a reader starts. */
export interface StreamPosition {
  /** In bytes since the beginning. */
  readonly position: number;
  /** Of the first record at or behind the position; the first of a ring has 0. */
  readonly sequence: number;
}

/**
 * Where a reader begins: at the oldest record that is safe, behind the newest, at the position of a record that is still
 * there, or at a place that a reader or cursor gave: what was overwritten since then is reported as a loss.
 */
export type StartPosition = 'oldest' | 'newest' | number | StreamPosition;
