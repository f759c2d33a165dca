/**
 * Where the fields of a struct lie, and the tag by which two sides know that they mean the same.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *  0| hash of the first version of the layout, u32                  |
 *   +-------------------------------+-------------------------------+
 *  4| version, u16, from 1          | hash of this version, u16     |
 *   +-------------------------------+-------------------------------+
 *  8| the struct ...
 *   +---------------------------------------------------------------+
 *
 * A later version only appends fields, so its first hash is that of the first version. All numbers are little endian.
 */
import { crc32 } from 'node:zlib';
import type { FieldKind, FieldType, NamedKind } from './field-type.js';

/** Bytes of the tag before a struct. */
export const TAG_LENGTH = 8;
/** The largest version. */
export const MAX_VERSION = 65_535;

/** A field with its place. */
export interface PlacedField {
  readonly name: string;
  readonly type: FieldType<unknown>;
  /** Bytes from the beginning of the struct. */
  readonly offset: number;
  /** The version that appended it, from 1. */
  readonly version: number;
}

/** The layout of a struct. */
export interface Layout {
  readonly fields: readonly PlacedField[];
  /** Bytes, padding included. */
  readonly size: number;
  readonly alignment: number;
  readonly packed: boolean;
  /** Number of versions, from 1. */
  readonly version: number;
  /** Tags of all versions, oldest first. */
  readonly tags: readonly LayoutTag[];
}

/** What stands before a record. */
export interface LayoutTag {
  readonly first: number;
  readonly version: number;
  readonly check: number;
}

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const RESERVED = new Set(['toObject', 'at', 'constructor', 'version']);

/**
 * Places fields one after the other, aligned as C does, or packed.
 * @param versions the fields of each version, oldest first
 * @throws TypeError for a name that is not an identifier, or given twice
 */
export function placeFields(
  versions: readonly Readonly<Record<string, FieldType<unknown>>>[],
  packed: boolean,
): Layout {
  if (versions.length > MAX_VERSION) throw new RangeError(`a struct has at most ${MAX_VERSION} versions`);
  const fields: PlacedField[] = [];
  const seen = new Set<string>();
  const tags: LayoutTag[] = [];
  let end = 0;
  let alignment = 1;
  let description = packed ? 'packed' : 'aligned';
  versions.forEach((version, index) => {
    for (const [name, type] of Object.entries(version)) {
      if (!FIELD_NAME.test(name) || RESERVED.has(name)) {
        throw new TypeError(
          `'${name}' cannot name a field: use letters, digits and _, and none of ${[...RESERVED].join(', ')}`,
        );
      }
      if (seen.has(name)) throw new TypeError(`the field '${name}' is there already`);
      seen.add(name);
      const step = packed ? 1 : type.alignment;
      const offset = Math.ceil(end / step) * step;
      fields.push({ name, type, offset, version: index + 1 });
      end = offset + type.size;
      alignment = Math.max(alignment, step);
      description += `;${name}:${describeKind(type.kind)}@${offset}`;
    }
    const hash = crc32(description);
    tags.push({ first: tags[0]?.first ?? hash, version: index + 1, check: (hash ^ (hash >>> 16)) & 0xffff });
  });
  if (fields.length === 0) throw new TypeError('a struct needs a field');
  const size = Math.ceil(end / alignment) * alignment;
  return { fields, size, alignment, packed, version: versions.length, tags };
}

/** A type in words that both sides of a channel compute alike. */
function describeKind(kind: FieldKind): string {
  switch (kind.kind) {
    case 'number':
      return kind.name;
    case 'bool':
      return 'bool';
    case 'chars':
    case 'bytes':
      return `${kind.kind}(${kind.length})`;
    case 'array':
      return `array(${describeKind(kind.element)},${kind.length})`;
    case 'enum': {
      const values = Object.entries(kind.values).sort(([, a], [, b]) => a - b);
      return `enum(${kind.base},${values.map(([name, value]) => `${name}=${value}`).join(',')})`;
    }
    case 'struct':
      return `struct(${kind.fields.map(({ name, field, offset }) => `${name}:${describeKind(field)}@${offset}`).join(';')})`;
  }
}

/** The fields as declarations of other languages need them. */
export function namedKinds({ fields }: Layout): NamedKind[] {
  return fields.map(({ name, type, offset }) => ({ name, field: type.kind, offset }));
}
