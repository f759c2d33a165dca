/**
 * Offsets of the fields of a struct, and the tag that identifies its layout.
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
import { crc32 } from '../platform/index.js';
import type { FieldKind, FieldType, NamedKind } from './field-type.js';

/** Length of the tag before a struct, in bytes. */
export const TAG_LENGTH = 8;
/** Maximum version of a layout. */
export const MAX_VERSION = 65_535;

/** A field with its offset. */
export interface PlacedField {
  /** Name of the field. */
  readonly name: string;
  /** Type of the field. */
  readonly type: FieldType<unknown>;
  /** Offset in the struct in bytes. */
  readonly offset: number;
  /** Version that added the field, from 1. */
  readonly version: number;
}

/** The layout of a struct. */
export interface Layout {
  /** The fields in the order of their offsets. */
  readonly fields: readonly PlacedField[];
  /** Size in bytes, padding included. */
  readonly size: number;
  /** The offset of the struct is a multiple of this, in bytes. */
  readonly alignment: number;
  /** Whether the struct has no padding. */
  readonly packed: boolean;
  /** Number of versions, from 1. */
  readonly version: number;
  /** Tags of all versions, oldest first. */
  readonly tags: readonly LayoutTag[];
}

/** The tag before a record. */
export interface LayoutTag {
  /** Hash of the first version of the layout. */
  readonly first: number;
  /** Version of the layout, from 1. */
  readonly version: number;
  /** Hash of this version of the layout. */
  readonly check: number;
}

const FIELD_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const RESERVED = new Set(['toObject', 'at', 'constructor', 'version']);

/**
 * Places the fields of a struct: aligned as in C, or packed.
 * @param versions the fields of each version, oldest first
 * @throws TypeError for a name that is not an identifier, or a duplicate name
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
          `'${name}' is not a valid field name: use letters, digits and _, except ${[...RESERVED].join(', ')}`,
        );
      }
      if (seen.has(name)) throw new TypeError(`duplicate field '${name}'`);
      seen.add(name);
      const step = packed ? 1 : type.alignment;
      const offset = Math.ceil(end / step) * step;
      fields.push({ name, type, offset, version: index + 1 });
      end = offset + type.size;
      alignment = Math.max(alignment, step);
      description += `;${name}:${describeKind(type.kind)}@${offset}`;
    }
    const hash = crc32(Buffer.from(description));
    tags.push({ first: tags[0]?.first ?? hash, version: index + 1, check: (hash ^ (hash >>> 16)) & 0xffff });
  });
  if (fields.length === 0) throw new TypeError('a struct needs at least one field');
  const size = Math.ceil(end / alignment) * alignment;
  return { fields, size, alignment, packed, version: versions.length, tags };
}

/** Describes a type in a text that both sides of a channel compute alike. */
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

/** Returns the fields for the declarations of other languages. */
export function namedKinds({ fields }: Layout): NamedKind[] {
  return fields.map(({ name, type, offset }) => ({ name, field: type.kind, offset }));
}
