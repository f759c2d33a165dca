/**
 * Encodes values as the bytes of a record and decodes them. The channel does not store its codec: writer and reader
 * must agree.
 */
export interface Codec<T> {
  /** Media type of the bytes, for people and for transports that forward them. */
  readonly mediaType: string;
  /** The id of kekbit's `DataFormat`, or null if kekbit has no such format. */
  readonly formatId: number | null;
  /**
   * Returns the whole record: a text, which becomes UTF-8, or bytes, which the codec may reuse after the call. It must be
   * what {@link encode} writes. A writer without handlers then writes it in one call, instead of calls of
   * {@link sizeBound} and {@link encode}. Implement it if the codec creates the record as a text or as bytes anyway.
   * @throws any error, if the value cannot be encoded
   */
  whole?(value: T): string | Uint8Array;
  /**
   * Returns an upper bound in bytes for `value`. Without this method the codec gets the space of the largest record,
   * and the writer clears the unused part for each record. Implement it if possible. The writer calls it right before
   * {@link encode} for the same value, which may reuse its result.
   * @throws any error, if the value cannot be encoded
   */
  sizeBound?(value: T): number;
  /**
   * Writes the value into `buffer` at `offset`, at most `limit` bytes.
   * @returns number of bytes of the value; more than `limit` if it does not fit
   * @throws any error, if the value cannot be encoded
   */
  encode(value: T, buffer: Buffer, offset: number, limit: number): number;
  /**
   * Decodes a value from `length` bytes at `offset`. The value must not refer to the buffer, which is valid during
   * the call only and must not be changed.
   * @throws any error, if the bytes are not an encoded value
   */
  decode(buffer: Buffer, offset: number, length: number): T;
}
