/**
 * The figures of a channel: one definition of each, for `ls`, `stat`, `top`, `hz`, the metrics and the web page.
 * docs/observability.md, "Figures", lists them. Positions and sequence numbers are those of the formats: a position counts
 * bytes since the beginning of the channel, record headers and padding included; a sequence number counts records.
 */

/** Length in bytes of the header of a record. Source: docs/format.md, docs/format-ring.md. */
const RECORD_HEADER = 8;

/** A reader as far as the figures depend on it. */
interface HoldingReader {
  /** `active`: a writer with back pressure waits for it. */
  readonly state: string;
  /** Whether its process lives; null if unknown. */
  readonly alive: boolean | null;
}

/**
 * Readable records: those that a reader which opens the channel now can read.
 * @param nextSequence sequence number of the next record: the number of records ever written
 * @param oldestSequence sequence number of the oldest record that is kept
 */
export function readableRecords(nextSequence: number, oldestSequence: number): number {
  return Math.max(0, nextSequence - oldestSequence);
}

/**
 * Payload bytes ever written to a ring or journal, which store no count of them: the bytes after the header of each
 * record. At least the exact count. They include the padding of each record to 8 bytes and the unused end of each lap or
 * segment.
 * @param position position of the next record in bytes
 * @param nextSequence number of records ever written
 */
export function paddedPayloadBytes(position: number, nextSequence: number): number {
  return Math.max(0, position - RECORD_HEADER * nextSequence);
}

/**
 * Lag of a reader in bytes or in records: the distance from its next record to the end of the channel.
 * @param end position or sequence number of the next record of the writer
 * @param place position or sequence number of the next record of the reader
 */
export function lagOf(end: number, place: number): number {
  return Math.max(0, end - place);
}

/** Whether a writer with back pressure waits for this reader. The fill of a ring is the largest lag among such readers. */
export function holdsWriter({ state, alive }: HoldingReader): boolean {
  return state === 'active' && alive !== false;
}

/** Bytes as a share of the capacity: 0 for nothing, 1 for all of it; 0 if the capacity is unknown (0). */
export function shareOf(bytes: number, capacity: number): number {
  return capacity === 0 ? 0 : bytes / capacity;
}

/** A rate: records or payload bytes per second. 0 for a span of no time. */
export function perSecond(amount: number, seconds: number): number {
  return seconds > 0 ? Math.max(0, amount / seconds) : 0;
}
