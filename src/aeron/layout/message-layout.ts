/**
 * Messages between Aeron clients and the media driver are plain structures: fields one after the other, little
 * endian, texts after their i32 length. A layout lists its fields in order; offsets follow from it, and the
 * same list encodes and decodes. Source: Aeron `command/*Flyweight`, C `aeron_control_protocol.h`.
 */

/** Encodes and decodes one field. `size`: bytes that a value takes. */
export interface Field<T> {
  readonly size: (value: T) => number;
  readonly put: (buffer: Buffer, offset: number, value: T) => void;
  /** The value and the offset of the next field; null when the message ends before it. */
  readonly get: (buffer: Buffer, offset: number, end: number) => { value: T; next: number } | null;
}

function fixed<T>(
  length: number,
  put: Field<T>['put'],
  read: (buffer: Buffer, offset: number) => T,
): Field<T> {
  return {
    size: () => length,
    put,
    get: (buffer, offset, end) =>
      offset + length > end ? null : { value: read(buffer, offset), next: offset + length },
  };
}

export const i16 = fixed<number>(
  2,
  (b, at, v) => b.writeInt16LE(v, at),
  (b, at) => b.readInt16LE(at),
);
export const u16 = fixed<number>(
  2,
  (b, at, v) => b.writeUInt16LE(v, at),
  (b, at) => b.readUInt16LE(at),
);
export const i32 = fixed<number>(
  4,
  (b, at, v) => b.writeInt32LE(v, at),
  (b, at) => b.readInt32LE(at),
);
export const i64 = fixed<bigint>(
  8,
  (b, at, v) => b.writeBigInt64LE(v, at),
  (b, at) => b.readBigInt64LE(at),
);

/** A field that older senders omit. `missing` is its value in that case. */
export function optional<T>(field: Field<T>, missing: T): Field<T> {
  return {
    ...field,
    get: (buffer, offset, end) =>
      offset === end ? { value: missing, next: offset } : field.get(buffer, offset, end),
  };
}

/** Exactly `length` bytes. */
export function bytes(length: number): Field<Buffer> {
  return fixed<Buffer>(
    length,
    (b, at, v) => void v.copy(b, at, 0, length),
    (b, at) => Buffer.from(b.subarray(at, at + length)),
  );
}

/** An i32 length, that number of bytes, then zeros up to a multiple of `alignment`. */
export function lengthPrefixed(alignment: number): Field<Buffer> {
  const padded = (length: number) => Math.ceil(length / alignment) * alignment;
  return {
    size: (value) => 4 + padded(value.length),
    put: (buffer, offset, value) => {
      buffer.writeInt32LE(value.length, offset);
      buffer.fill(0, offset + 4, offset + 4 + padded(value.length));
      value.copy(buffer, offset + 4);
    },
    get: (buffer, offset, end) => {
      if (offset + 4 > end) return null;
      const length = buffer.readInt32LE(offset);
      if (length < 0 || offset + 4 + length > end) return null;
      const value = Buffer.from(buffer.subarray(offset + 4, offset + 4 + length));
      return { value, next: offset + 4 + padded(length) };
    },
  };
}

/** A text: its i32 length, then UTF-8. */
export function text(alignment = 1): Field<string> {
  const field = lengthPrefixed(alignment);
  return {
    size: (value) => field.size(Buffer.from(value)),
    put: (buffer, offset, value) => field.put(buffer, offset, Buffer.from(value)),
    get: (buffer, offset, end) => {
      const found = field.get(buffer, offset, end);
      return found && { value: found.value.toString('utf8'), next: found.next };
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a layout holds fields of different types; ValuesOf gives each its own
type Fields = Record<string, Field<any>>;
/** The values of a message with these fields. */
export type ValuesOf<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Encodes and decodes one message. */
export class MessageLayout<F extends Fields> {
  readonly name: string;
  readonly typeId: number;
  readonly #fields: [string, Field<unknown>][];
  readonly #minLength: number;

  /** @param minLength shortest message that a receiver accepts, in bytes */
  constructor(name: string, typeId: number, fields: F, minLength = 0) {
    this.name = name;
    this.typeId = typeId;
    this.#fields = Object.entries(fields);
    this.#minLength = minLength;
  }

  encode(values: ValuesOf<F>): Buffer {
    const of = values as Record<string, unknown>;
    const length = this.#fields.reduce((sum, [name, field]) => sum + field.size(of[name]), 0);
    const buffer = Buffer.alloc(Math.max(length, this.#minLength));
    let offset = 0;
    for (const [name, field] of this.#fields) {
      field.put(buffer, offset, of[name]);
      offset += field.size(of[name]);
    }
    return buffer;
  }

  /** The values of a message, or null when it is malformed. Bytes after the last field are ignored. */
  decode(buffer: Buffer, offset = 0, length: number = buffer.length - offset): ValuesOf<F> | null {
    const values: Record<string, unknown> = {};
    const end = offset + length;
    let at = offset;
    for (const [name, field] of this.#fields) {
      const found = field.get(buffer, at, end);
      if (found === null) return null;
      values[name] = found.value;
      at = found.next;
    }
    return values as ValuesOf<F>;
  }
}
