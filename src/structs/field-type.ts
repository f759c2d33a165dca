/**
 * The type of one field of a struct: its size, its alignment, and the encoding of its values. All numbers are little
 * endian.
 */

/** Description of a field type for the declarations of other languages. */
export type FieldKind =
  | { readonly kind: 'number'; readonly name: NumberName }
  | { readonly kind: 'bool' }
  | { readonly kind: 'chars'; readonly length: number }
  | { readonly kind: 'bytes'; readonly length: number }
  | { readonly kind: 'array'; readonly element: FieldKind; readonly length: number }
  | { readonly kind: 'enum'; readonly base: NumberName; readonly values: Readonly<Record<string, number>> }
  | {
      readonly kind: 'struct';
      readonly name: string;
      readonly fields: readonly NamedKind[];
      readonly packed: boolean;
    };

/** A field of a struct for the declarations of other languages. */
export interface NamedKind {
  /** Name of the field. */
  readonly name: string;
  /** Description of its type. */
  readonly field: FieldKind;
  /** Offset in the struct in bytes. */
  readonly offset: number;
}

/** Name of a number type: kind and bits. */
export type NumberName = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64' | 'f32' | 'f64';

/** A field type, created by {@link f64}, {@link chars} and similar functions, or by a struct. */
export interface FieldType<T> {
  /** Size in bytes. */
  readonly size: number;
  /** The offset of the field is a multiple of this, in bytes, unless the struct is packed. */
  readonly alignment: number;
  /** Description for the declarations of other languages. */
  readonly kind: FieldKind;
  /**
   * Reads the value at byte `at` of `view`.
   * @throws RangeError if the bytes are not a value of this type
   */
  read(view: DataView, at: number): T;
  /**
   * Stores a value at byte `at` of `view`.
   * @throws RangeError or TypeError if the value does not fit
   */
  write(view: DataView, at: number, value: T): void;
}

/** The value of a field of type `F`. */
export type ValueOf<F> = F extends FieldType<infer T> ? T : never;

function integer(
  name: NumberName,
  size: number,
  min: number,
  max: number,
  read: (view: DataView, at: number) => number,
  store: (view: DataView, at: number, value: number) => void,
): FieldType<number> {
  return {
    size,
    alignment: size,
    kind: { kind: 'number', name },
    read,
    write(view, at, value) {
      if (!(value >= min && value <= max && Number.isInteger(value))) {
        throw new RangeError(`${name} takes a whole number from ${min} to ${max}, not ${String(value)}`);
      }
      store(view, at, value);
    },
  };
}

function bigInteger(name: 'i64' | 'u64', min: bigint, max: bigint): FieldType<bigint> {
  const signed = name === 'i64';
  return {
    size: 8,
    alignment: 8,
    kind: { kind: 'number', name },
    read: (view, at) => (signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true)),
    write(view, at, value) {
      if (typeof value !== 'bigint' || value < min || value > max) {
        throw new RangeError(`${name} takes a bigint from ${min} to ${max}, not ${String(value)}`);
      }
      if (signed) view.setBigInt64(at, value, true);
      else view.setBigUint64(at, value, true);
    },
  };
}

function float(name: 'f32' | 'f64'): FieldType<number> {
  const size = name === 'f32' ? 4 : 8;
  const refuse = (value: unknown) => new TypeError(`${name} takes a number, not ${String(value)}`);
  return {
    size,
    alignment: size,
    kind: { kind: 'number', name },
    read: name === 'f32' ? (view, at) => view.getFloat32(at, true) : (view, at) => view.getFloat64(at, true),
    write:
      name === 'f32'
        ? (view, at, value) => {
            if (typeof value !== 'number') throw refuse(value);
            view.setFloat32(at, value, true);
          }
        : (view, at, value) => {
            if (typeof value !== 'number') throw refuse(value);
            view.setFloat64(at, value, true);
          },
  };
}

/** A whole number from -128 to 127, one byte. */
export const i8 = integer(
  'i8',
  1,
  -128,
  127,
  (v, at) => v.getInt8(at),
  (v, at, x) => v.setInt8(at, x),
);
/** A whole number from 0 to 255, one byte. */
export const u8 = integer(
  'u8',
  1,
  0,
  255,
  (v, at) => v.getUint8(at),
  (v, at, x) => v.setUint8(at, x),
);
/** A whole number from -32,768 to 32,767, two bytes. */
export const i16 = integer(
  'i16',
  2,
  -32_768,
  32_767,
  (v, at) => v.getInt16(at, true),
  (v, at, x) => v.setInt16(at, x, true),
);
/** A whole number from 0 to 65,535, two bytes. */
export const u16 = integer(
  'u16',
  2,
  0,
  65_535,
  (v, at) => v.getUint16(at, true),
  (v, at, x) => v.setUint16(at, x, true),
);
/** A whole number from -2^31 to 2^31-1, four bytes. */
export const i32 = integer(
  'i32',
  4,
  -(2 ** 31),
  2 ** 31 - 1,
  (v, at) => v.getInt32(at, true),
  (v, at, x) => v.setInt32(at, x, true),
);
/** A whole number from 0 to 2^32-1, four bytes. */
export const u32 = integer(
  'u32',
  4,
  0,
  2 ** 32 - 1,
  (v, at) => v.getUint32(at, true),
  (v, at, x) => v.setUint32(at, x, true),
);
/** A bigint from -2^63 to 2^63-1, eight bytes. */
export const i64 = bigInteger('i64', -(2n ** 63n), 2n ** 63n - 1n);
/** A bigint from 0 to 2^64-1, eight bytes. */
export const u64 = bigInteger('u64', 0n, 2n ** 64n - 1n);
/** A number of single precision, four bytes. */
export const f32 = float('f32');
/** A number of double precision, eight bytes. */
export const f64 = float('f64');

/** True or false in one byte: 1 or 0. Any nonzero byte reads as true. */
export const bool: FieldType<boolean> = {
  size: 1,
  alignment: 1,
  kind: { kind: 'bool' },
  read: (view, at) => view.getUint8(at) !== 0,
  write(view, at, value) {
    if (typeof value !== 'boolean') throw new TypeError(`bool takes true or false, not ${String(value)}`);
    view.setUint8(at, value ? 1 : 0);
  },
};
