import { isUtf8 } from 'node:buffer';
import type { Codec } from './codec.js';

/** Codec for UTF-8 text. Encodes a lone surrogate as U+FFFD. Source: kekbit 0.2.2 `PlainTextDataFormat`. */
export const utf8: Codec<string> = {
  mediaType: 'text/plain',
  formatId: 3,
  whole(value) {
    if (typeof value === 'string') return value;
    throw new TypeError('the value must be a string');
  },
  sizeBound: (value) => Buffer.byteLength(value, 'utf8'),
  encode: (value, buffer, offset, limit) => encodeText(value, buffer, offset, limit),
  decode: (buffer, offset, length) => decodeText(buffer, offset, length),
};

/**
 * Writes `text` as UTF-8.
 * @returns length of the text in bytes; nothing is written if it exceeds `limit`
 */
export function encodeText(text: string, buffer: Buffer, offset: number, limit: number): number {
  // A UTF-16 unit needs at most three bytes, so only a text near the limit must be measured.
  if (text.length * 3 > limit) {
    const length = Buffer.byteLength(text, 'utf8');
    if (length > limit) return length;
  }
  return buffer.write(text, offset, 'utf8');
}

/**
 * Decodes UTF-8.
 * @throws TypeError for bytes that are not UTF-8
 */
export function decodeText(buffer: Buffer, offset: number, length: number): string {
  const text = buffer.toString('utf8', offset, offset + length);
  // U+FFFD may be in the text itself. Otherwise it means invalid UTF-8.
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(offset, offset + length)))
    throw new TypeError('the bytes are not UTF-8');
  return text;
}
