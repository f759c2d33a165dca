import type { Codec } from './codec.js';

/** Codec for raw bytes. Decodes to copies. Source: kekbit 0.2.2 `RawBinDataFormat`. */
export const raw: Codec<Uint8Array> = {
  mediaType: 'application/octet-stream',
  formatId: 2,
  sizeBound(value) {
    if (value instanceof Uint8Array) return value.length;
    throw new TypeError('the value must be a Uint8Array or Buffer');
  },
  encode(value, buffer, offset, limit) {
    if (value.length <= limit) buffer.set(value, offset);
    return value.length;
  },
  decode: (buffer, offset, length) => Buffer.from(buffer.subarray(offset, offset + length)),
};
