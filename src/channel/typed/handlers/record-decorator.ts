/**
 * Decoration of records: bytes that a handler puts before the data (incoming) or after it (outgoing). Source:
 * kekbit 0.3.1 `Handler`; docs/format.md, "Handlers". The channel does not store the handlers of its
 * records: both sides must use the same, in the same order.
 *
 *   +-------------------------+--------------------------+-------------------------+
 *   | incoming, fixed length  | data, written once, by   | outgoing, fixed length  |
 *   |                         | the codec                |                         |
 *   +-------------------------+--------------------------+-------------------------+
 *   start                                                                        end
 *
 * A handler object has state: it serves one writer or one reader.
 */
export interface RecordDecorator {
  /** Bytes added before the data of every record. They count as bytes of the record. */
  readonly incomingLength: number;
  /** Bytes added after the data of every record. */
  readonly outgoingLength: number;
  /** Writing: fills {@link incomingLength} bytes at `offset`, before the data is encoded. */
  incoming(buffer: Buffer, offset: number): void;
  /** Writing: fills {@link outgoingLength} bytes at `offset`. The bytes from `start` to `offset` are complete. */
  outgoing(buffer: Buffer, offset: number, start: number): void;
  /** Writing: called for each attempted record, before any byte of it is written. */
  attempted?(): void;
  /** Writing: called after the record was published. */
  published?(): void;
  /**
   * Reading: checks the record from `start` to `end` without changing the state of the handler.
   * @throws RingwireError if the record is damaged
   */
  check?(buffer: Buffer, start: number, end: number, position: number): void;
  /**
   * Reading: reads the bytes that the writing handler added to the record from `start` to `end`. The record is sound.
   */
  receive(buffer: Buffer, start: number, end: number): void;
}
