/** Declares a struct in C11 and C++17, with its tag and checks of every offset. */
import type { FieldKind, NumberName } from '../field-type.js';
import { type LayoutTag, TAG_LENGTH } from '../layout.js';
import type { Struct } from '../struct.js';
import { constantName, nestedStructs } from './names.js';

const NUMBERS: Readonly<Record<NumberName, string>> = {
  i8: 'int8_t',
  u8: 'uint8_t',
  i16: 'int16_t',
  u16: 'uint16_t',
  i32: 'int32_t',
  u32: 'uint32_t',
  i64: 'int64_t',
  u64: 'uint64_t',
  f32: 'float',
  f64: 'double',
};

/**
 * Returns a header with the struct, its nested structs and enums. A tagged struct starts with the eight bytes of its
 * tag: a writer stores `NAME_TAG` there, and `name_check` checks whether a record has this layout or a later version.
 */
export function declareC(struct: Struct<unknown>): string {
  const guard = `${constantName(struct.name)}_H`;
  const parts = [`#ifndef ${guard}`, `#define ${guard}`, '#include <stddef.h>', '#include <stdint.h>', ''];
  for (const nested of nestedStructs(struct.kind)) parts.push(...structLines(nested, null));
  parts.push(
    ...structLines(
      struct.kind as StructKind,
      struct.tagged ? (struct.layout.tags.at(-1) as LayoutTag) : null,
    ),
  );
  parts.push(`#endif /* ${guard} */`, '');
  return parts.join('\n');
}

type StructKind = Extract<FieldKind, { kind: 'struct' }>;

function structLines(kind: StructKind, tag: LayoutTag | null): string[] {
  const { name, fields, packed } = kind;
  const lines = enumLines(kind);
  const shift = tag === null ? 0 : TAG_LENGTH;
  if (packed) lines.push('#pragma pack(push, 1)');
  lines.push(`typedef struct ${name} {`);
  if (tag !== null)
    lines.push('  uint32_t layout_first;', '  uint16_t layout_version;', '  uint16_t layout_check;');
  for (const { name: field, field: type } of fields) lines.push(`  ${member(field, type)};`);
  lines.push(`} ${name};`);
  if (packed) lines.push('#pragma pack(pop)');
  // An array size of -1 is a compile error: the program builds only if both sides have the same layout.
  for (const { name: field, offset } of fields) {
    lines.push(
      `typedef char ${name}_${field}_at_${offset}[offsetof(${name}, ${field}) == ${offset + shift} ? 1 : -1];`,
    );
  }
  if (tag !== null) {
    const constant = constantName(name);
    lines.push(
      `#define ${constant}_LAYOUT_FIRST ${hex(tag.first)}u`,
      `#define ${constant}_LAYOUT_VERSION ${tag.version}u`,
      `#define ${constant}_LAYOUT_CHECK ${hex(tag.check, 4)}u`,
      `/* Stores the tag at the beginning of the record. */`,
      `static inline void ${name}_tag(${name} *record) {`,
      `  record->layout_first = ${constant}_LAYOUT_FIRST;`,
      `  record->layout_version = ${constant}_LAYOUT_VERSION;`,
      `  record->layout_check = ${constant}_LAYOUT_CHECK;`,
      '}',
      `/* Whether a record has this layout, or a later version of it. */`,
      `static inline int ${name}_check(const void *data, uint32_t length) {`,
      `  const ${name} *record = (const ${name} *)data;`,
      `  if (length < sizeof(${name}) || record->layout_first != ${constant}_LAYOUT_FIRST) return 0;`,
      `  if (record->layout_version != ${constant}_LAYOUT_VERSION) return record->layout_version > ${constant}_LAYOUT_VERSION;`,
      `  return record->layout_check == ${constant}_LAYOUT_CHECK;`,
      '}',
    );
  }
  lines.push('');
  return lines;
}

function enumLines({ name, fields }: StructKind): string[] {
  const lines: string[] = [];
  for (const { name: field, field: type } of fields) {
    const element = type.kind === 'array' ? type.element : type;
    if (element.kind !== 'enum') continue;
    const prefix = `${constantName(name)}_${constantName(field)}`;
    const values = Object.entries(element.values).map(
      ([key, value]) => `${prefix}_${constantName(key)} = ${value}`,
    );
    lines.push(`enum { ${values.join(', ')} };`);
  }
  return lines;
}

function member(name: string, type: FieldKind): string {
  switch (type.kind) {
    case 'number':
      return `${NUMBERS[type.name]} ${name}`;
    case 'bool':
      return `uint8_t ${name}`;
    case 'chars':
      return `char ${name}[${type.length}]`;
    case 'bytes':
      return `uint8_t ${name}[${type.length}]`;
    case 'enum':
      return `${NUMBERS[type.base]} ${name}`;
    case 'struct':
      return `${type.name} ${name}`;
    case 'array':
      return member(`${name}[${type.length}]`, type.element);
  }
}

function hex(value: number, digits = 8): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
