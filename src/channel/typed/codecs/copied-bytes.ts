/** Copies of the bytes of a record, for values that keep them. */

/** Length in bytes of the memory that short copies of plain bytes share. */
const PIECE = 8192;

/** Returns a copy as a Buffer. A short one shares its memory with others, like that of `Buffer.from`. */
export function copyOf(buffer: Buffer, offset: number, length: number): Buffer {
  const copy = Buffer.allocUnsafe(length);
  buffer.copy(copy, 0, offset, offset + length);
  return copy;
}

/**
 * Returns a function that copies like {@link copyOf} to a Uint8Array that is no Buffer, for decoders whose values are
 * views of it. Memory of its own for each short copy would cost more than the decoding.
 */
export function plainCopies(): (buffer: Buffer, offset: number, length: number) => Uint8Array {
  let piece = new Uint8Array(0);
  let used = 0;
  return (buffer, offset, length) => {
    const shares = length <= PIECE / 8;
    if (shares && length > piece.length - used) {
      piece = new Uint8Array(PIECE);
      used = 0;
    }
    const at = shares ? used : 0;
    const copy = shares ? piece.subarray(at, at + length) : new Uint8Array(length);
    if (shares) used += (length + 7) & ~7;
    buffer.copy(copy, 0, offset, offset + length);
    return copy;
  };
}
