/** Positions in a stream of records, and where a reader starts. */
/** A position in a stream of records, with the sequence number of the record there. */
export interface StreamPosition {
  /** Bytes since the beginning of the stream. */
  readonly position: number;
  /** Sequence number of the first record at or after the position. The first record of a channel has 0. */
  readonly sequence: number;
}

/**
 * Start position of a reader. `oldest`: the oldest safe record. `newest`: after the newest record. A number: the
 * position of an available record. A stream position of a reader or cursor: the reader reports what was overwritten
 * since then as a loss.
 */
export type StartPosition = 'oldest' | 'newest' | number | StreamPosition;
