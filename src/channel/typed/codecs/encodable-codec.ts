import type { Codec } from './codec.js';
import { copyOf } from './copied-bytes.js';

/** A value that encodes itself. Source: kekbit 0.2.2 `Encodable`. */
export interface Encodable {
  /** See `Codec.sizeBound`. */
  sizeBound?(): number;
  /** See `Codec.encode`. */
  encodeInto(buffer: Buffer, offset: number, limit: number): number;
}

/** Codec for values of different kinds that encode themselves. Decodes to copies of the bytes. */
export const encodable: Codec<Encodable | Uint8Array> = {
  mediaType: 'application/octet-stream',
  formatId: 2,
  sizeBound: (value) =>
    value instanceof Uint8Array ? value.length : (value.sizeBound?.() ?? Number.POSITIVE_INFINITY),
  encode(value, buffer, offset, limit) {
    if (!(value instanceof Uint8Array)) return value.encodeInto(buffer, offset, limit);
    if (value.length <= limit) buffer.set(value, offset);
    return value.length;
  },
  decode: copyOf,
};
