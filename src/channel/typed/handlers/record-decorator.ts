/**
 * Decoration of records: bytes that a handler puts before the data (incoming) or after it (outgoing). Source:
 * kekbit 0.3.1 `Handler`; docs/format.md, "Handlers". Nothing in a channel says which handlers its records were written
 * with: both sides must use the same, in the same order.
 *
 *   +-------------------------+--------------------------+-------------------------+
 *   | incoming, fixed length  | data, written once, by   | outgoing, fixed length  |
 *   |                         | the codec                |                         |
 *   +-------------------------+--------------------------+-------------------------+
 *   start                                                                        end
 *
 * A handler object has a state of its own: it serves one writer or one reader.
 */
export interface RecordDecorator {
  /** Bytes it puts before the data of every record. They count as bytes of the record. */
  readonly incomingLength: number;
  /** Bytes it puts after the data. */
  readonly outgoingLength: number;
  /** Writing: fills {@link incomingLength} bytes from `offset` on, before the data is there. */
  incoming(buffer: Buffer, offset: number): void;
  /** Writing: fills {@link outgoingLength} bytes from `offset` on; everything from `start` to there is complete. */
  outgoing(buffer: Buffer, offset: number, start: number): void;
  /** Writing: a record is attempted, before anything of it is written. */
  attempted?(): void;
  /** Writing: the record was published. */
  published?(): void;
  /**
   * Reading: looks whether the record from `start` to `end` is sound, remembering nothing.
   * @throws RingwireError when it is not
   */
  check?(buffer: Buffer, start: number, end: number, position: number): void;
  /** Reading: takes what its counterpart put into the record from `start` to `end`; the record is sound. */
  receive(buffer: Buffer, start: number, end: number): void;
}
