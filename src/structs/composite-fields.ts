/** Composite field types: texts and bytes of a fixed length, arrays, named numbers. */
import type { FieldType, NumberName } from './field-type.js';
import { u8 } from './field-type.js';

const MAX_LENGTH = 2 ** 24;

function lengthOf(what: string, length: number): number {
  if (Number.isInteger(length) && length >= 1 && length <= MAX_LENGTH) return length;
  throw new RangeError(`${what} takes a length from 1 to ${MAX_LENGTH}, not ${length}`);
}

/**
 * A text of at most `length` bytes of UTF-8, padded with zeros: `char name[length]` in C, without a final zero if the
 * text fills all bytes. `length`: from 1. Refuses a text with a zero character, which would be truncated on reading.
 */
export function chars(length: number): FieldType<string> {
  lengthOf('chars', length);
  return {
    size: length,
    alignment: 1,
    kind: { kind: 'chars', length },
    read: (view, at) => readText(view, at, length),
    write: (view, at, value) => writeText(view, at, length, value),
  };
}

/** Builds short ASCII texts from their codes, which is faster than a decoder. */
function readText(view: DataView, at: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) {
    const code = view.getUint8(at + i);
    if (code === 0) return text;
    if (code > 127) {
      const bytes = Buffer.from(view.buffer, view.byteOffset + at, length);
      const end = bytes.indexOf(0);
      return bytes.toString('utf8', 0, end === -1 ? length : end);
    }
    text += String.fromCharCode(code);
  }
  return text;
}

function writeText(view: DataView, at: number, length: number, value: string): void {
  if (typeof value !== 'string') throw new TypeError(`chars(${length}) takes a text, not ${String(value)}`);
  let i = 0;
  for (; i < value.length && i < length; i++) {
    const code = value.charCodeAt(i);
    if (code > 127) {
      writeUtf8(view, at, length, value);
      return;
    }
    if (code === 0) throw new RangeError(`chars(${length}) takes a text without the character U+0000`);
    view.setUint8(at + i, code);
  }
  if (i < value.length) throw tooLong(length, value);
  for (; i < length; i++) view.setUint8(at + i, 0);
}

function writeUtf8(view: DataView, at: number, length: number, value: string): void {
  if (value.includes('\0'))
    throw new RangeError(`chars(${length}) takes a text without the character U+0000`);
  if (Buffer.byteLength(value) > length) throw tooLong(length, value);
  const bytes = Buffer.from(view.buffer, view.byteOffset + at, length);
  bytes.fill(0, bytes.write(value, 'utf8'));
}

function tooLong(length: number, value: string): RangeError {
  return new RangeError(
    `chars(${length}) takes at most ${length} bytes of UTF-8, not ${Buffer.byteLength(value)}`,
  );
}

/** Exactly `length` bytes, from 1. A read returns a copy. A shorter value is padded with zeros. */
export function bytes(length: number): FieldType<Uint8Array> {
  lengthOf('bytes', length);
  return {
    size: length,
    alignment: 1,
    kind: { kind: 'bytes', length },
    read: (view, at) =>
      Uint8Array.prototype.slice.call(new Uint8Array(view.buffer, view.byteOffset + at, length)),
    write(view, at, value) {
      if (!(value instanceof Uint8Array) || value.length > length) {
        throw new RangeError(`bytes(${length}) takes a Uint8Array of at most ${length} bytes`);
      }
      const target = new Uint8Array(view.buffer, view.byteOffset + at, length);
      target.set(value);
      target.fill(0, value.length);
    },
  };
}

/** An array of exactly `length` values of one type, from 1. */
export function array<T>(element: FieldType<T>, length: number): FieldType<T[]> {
  lengthOf('array', length);
  const { size, alignment } = element;
  const stride = Math.ceil(size / alignment) * alignment;
  return {
    size: stride * length,
    alignment,
    kind: { kind: 'array', element: element.kind, length },
    read: (view, at) => Array.from({ length }, (_, i) => element.read(view, at + i * stride)),
    write(view, at, value) {
      if (!Array.isArray(value) || value.length !== length) {
        throw new RangeError(`array takes exactly ${length} values, not ${String(value?.length)}`);
      }
      for (let i = 0; i < length; i++) element.write(view, at + i * stride, value[i] as T);
    },
  };
}

/**
 * A named number: `enumOf({ buy: 1, sell: 2 })` reads and writes `'buy'` and `'sell'`. Reading a number without a
 * name throws.
 * @param base the type of the number. Default: {@link u8}, one byte
 */
export function enumOf<const V extends Readonly<Record<string, number>>>(
  values: V,
  base: FieldType<number> = u8,
): FieldType<keyof V & string> {
  const names = new Map(Object.entries(values).map(([name, value]) => [value, name]));
  const { kind } = base;
  if (kind.kind !== 'number') throw new TypeError('enumOf takes a number type as its base');
  const probe = new DataView(new ArrayBuffer(base.size));
  for (const value of Object.values(values)) base.write(probe, 0, value);
  if (names.size !== Object.keys(values).length)
    throw new RangeError('enumOf takes a different number for each name');
  const expected = Object.keys(values).join(', ');
  return {
    size: base.size,
    alignment: base.alignment,
    kind: { kind: 'enum', base: kind.name as NumberName, values },
    read(view, at) {
      const name = names.get(base.read(view, at));
      if (name === undefined)
        throw new RangeError(`${base.read(view, at)} has no name; expected ${expected}`);
      return name;
    },
    write(view, at, value) {
      const number = Object.hasOwn(values, value) ? values[value] : undefined;
      if (number === undefined)
        throw new RangeError(`unknown name '${String(value)}'; expected one of ${expected}`);
      base.write(view, at, number);
    },
  };
}
