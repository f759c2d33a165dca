import type { Codec } from './codec.js';
import { decodeText, encodeText } from './utf8-codec.js';

/**
 * Values as JSON text. `T` is what the application says it is: nothing is checked while reading. A value that JSON
 * cannot express (undefined, a function, a bigint, a circle) is refused.
 */
export function json<T = unknown>(): Codec<T> {
  // sizeBound makes the text that encode writes right after it.
  let kept: string | null = null;
  return {
    mediaType: 'application/json',
    formatId: null,
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
  if (text === undefined) throw new TypeError(`JSON has no ${typeof value}`);
  return text;
}
