/** How values become the bytes of a record. Nothing in a channel says which codec was used: both sides must agree. */
export interface Codec<T> {
  /** What the bytes are, for people and for what carries them further. */
  readonly mediaType: string;
  /** The id of kekbit's `DataFormat`, where it has one. */
  readonly formatId: number | null;
  /**
   * Bytes that `value` needs at most. A codec without it gets all the room a record may have: the rest of the room is
   * cleared again for each record, so say it where you can. Called right before {@link encode} for the same value, which
   * may use what was worked out here.
   * @throws anything, when the value cannot be encoded
   */
  sizeBound?(value: T): number;
  /**
   * Writes the value into `buffer`, from `offset` on, at most `limit` bytes.
   * @returns the bytes it takes; more than `limit` when there is no room for it
   * @throws anything, when the value cannot be encoded
   */
  encode(value: T, buffer: Buffer, offset: number, limit: number): number;
  /**
   * Makes a value of its own from `length` bytes at `offset`: the buffer is only valid during the call, and must not
   * be written to.
   * @throws anything, when the bytes are no such value
   */
  decode(buffer: Buffer, offset: number, length: number): T;
}
