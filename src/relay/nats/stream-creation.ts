/** The options of a stream that a relay creates. Needs no type of the NATS client. */

/** Creation of a stream that does not exist. */
export interface StreamCreation {
  /** Servers of the cluster that keep a copy, from 1 to 5; default 1. */
  readonly replicas?: number;
  /** Bytes that the stream keeps, oldest messages are deleted first; default: no limit. */
  readonly maxBytes?: number;
  /** Refuse new messages when the stream is full, instead of deleting the oldest. Default false. */
  readonly discardNew?: boolean;
  /** Milliseconds for which the server recognises a repeated record, from 100; default 120 000. */
  readonly duplicateWindowMs?: number;
}
