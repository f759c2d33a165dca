import type { Codec } from './codec.js';
import { decodeText, encodeText } from './utf8-codec.js';

/**
 * Codec for JSON text. The application states `T`: decoding does not check it. Refuses a value that JSON cannot
 * express: undefined, a function, a bigint, a circular reference.
 */
export function json<T = unknown>(): Codec<T> {
  // sizeBound creates the text that the following encode writes.
  let kept: string | null = null;
  return {
    mediaType: 'application/json',
    formatId: null,
    whole: stringify,
    sizeBound(value) {
      const text = stringify(value);
      kept = text;
      return Buffer.byteLength(text, 'utf8');
    },
    encode(value, buffer, offset, limit) {
      const text = kept ?? stringify(value);
      kept = null;
      return encodeText(text, buffer, offset, limit);
    },
    decode: (buffer, offset, length) => JSON.parse(decodeText(buffer, offset, length)) as T,
  };
}

function stringify(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`JSON cannot express a value of type ${typeof value}`);
  return text;
}
