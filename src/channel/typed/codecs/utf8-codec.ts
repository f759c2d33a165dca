import { isUtf8 } from 'node:buffer';
import type { Codec } from './codec.js';

/**
 * Text as UTF-8; half a surrogate pair is written as U+FFFD. Source: kekbit 0.2.2 `PlainTextDataFormat`.
 */
export const utf8: Codec<string> = {
  mediaType: 'text/plain',
  formatId: 3,
  sizeBound: (value) => Buffer.byteLength(value, 'utf8'),
  encode: (value, buffer, offset, limit) => encodeText(value, buffer, offset, limit),
  decode: (buffer, offset, length) => decodeText(buffer, offset, length),
};

/** @returns bytes the text takes; nothing is written when they are more than `limit` */
export function encodeText(text: string, buffer: Buffer, offset: number, limit: number): number {
  // Three bytes a UTF-16 unit is the most: only text that comes near the limit has to be measured.
  if (text.length * 3 > limit) {
    const length = Buffer.byteLength(text, 'utf8');
    if (length > limit) return length;
  }
  return buffer.write(text, offset, 'utf8');
}

/** @throws TypeError for bytes that are no UTF-8 */
export function decodeText(buffer: Buffer, offset: number, length: number): string {
  const text = buffer.toString('utf8', offset, offset + length);
  // U+FFFD may have been written as such; anything else that gives it is no UTF-8.
  if (text.includes('\ufffd') && !isUtf8(buffer.subarray(offset, offset + length)))
    throw new TypeError('the bytes are not UTF-8');
  return text;
}
