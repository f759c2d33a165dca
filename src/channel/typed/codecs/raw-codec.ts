import type { Codec } from './codec.js';
import { copyOf } from './copied-bytes.js';

/** Codec for raw bytes. Decodes to copies. Source: kekbit 0.2.2 `RawBinDataFormat`. */
export const raw: Codec<Uint8Array> = {
  mediaType: 'application/octet-stream',
  formatId: 2,
  whole: requireBytes,
  sizeBound: (value) => requireBytes(value).length,
  encode(value, buffer, offset, limit) {
    if (value.length <= limit) buffer.set(value, offset);
    return value.length;
  },
  decode: copyOf,
};

function requireBytes(value: Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError('the value must be a Uint8Array or Buffer');
}
