/** Declares a struct in Python as a ctypes.Structure, which NumPy also accepts as a dtype. */
import type { FieldKind, NumberName } from '../field-type.js';
import type { LayoutTag } from '../layout.js';
import type { Struct } from '../struct.js';
import { constantName, nestedStructs } from './names.js';

const NUMBERS: Readonly<Record<NumberName, string>> = {
  i8: 'ctypes.c_int8',
  u8: 'ctypes.c_uint8',
  i16: 'ctypes.c_int16',
  u16: 'ctypes.c_uint16',
  i32: 'ctypes.c_int32',
  u32: 'ctypes.c_uint32',
  i64: 'ctypes.c_int64',
  u64: 'ctypes.c_uint64',
  f32: 'ctypes.c_float',
  f64: 'ctypes.c_double',
};

type StructKind = Extract<FieldKind, { kind: 'struct' }>;

/**
 * Returns a module with the struct and its nested structs: `Quote.from_buffer_copy(record)`, `numpy.dtype(Quote)`.
 */
export function declarePython(struct: Struct<unknown>): string {
  const parts = ['import ctypes', ''];
  for (const nested of nestedStructs(struct.kind)) parts.push(...classLines(nested, null));
  parts.push(
    ...classLines(struct.kind as StructKind, struct.tagged ? (struct.layout.tags.at(-1) as LayoutTag) : null),
  );
  return parts.join('\n');
}

function classLines({ name, fields, packed }: StructKind, tag: LayoutTag | null): string[] {
  const lines = ['', `class ${name}(ctypes.LittleEndianStructure):`];
  if (packed) lines.push('    _pack_ = 1');
  lines.push('    _fields_ = [');
  if (tag !== null) {
    lines.push("        ('layout_first', ctypes.c_uint32),", "        ('layout_version', ctypes.c_uint16),");
    lines.push("        ('layout_check', ctypes.c_uint16),");
  }
  for (const { name: field, field: type } of fields) lines.push(`        ('${field}', ${typeText(type)}),`);
  lines.push('    ]');
  for (const { name: field, field: type } of fields) {
    const element = type.kind === 'array' ? type.element : type;
    if (element.kind !== 'enum') continue;
    for (const [key, value] of Object.entries(element.values)) {
      lines.push(`    ${constantName(field)}_${constantName(key)} = ${value}`);
    }
  }
  if (tag !== null) {
    const values = `(0x${tag.first.toString(16)}, ${tag.version}, 0x${tag.check.toString(16)})`;
    lines.push(
      `    LAYOUT = ${values}`,
      '',
      '    def tag(self):',
      '        """Stores the tag at the beginning of the record."""',
      '        self.layout_first, self.layout_version, self.layout_check = self.LAYOUT',
      '        return self',
      '',
      '    def has_layout(self):',
      '        """Whether a record has this layout, or a later version of it."""',
      '        first, version, check = self.LAYOUT',
      '        if self.layout_first != first or self.layout_version < version:',
      '            return False',
      '        return self.layout_version > version or self.layout_check == check',
    );
  }
  return [...lines, ''];
}

function typeText(type: FieldKind): string {
  switch (type.kind) {
    case 'number':
      return NUMBERS[type.name];
    case 'bool':
      return 'ctypes.c_uint8';
    case 'chars':
      return `ctypes.c_char * ${type.length}`;
    case 'bytes':
      return `ctypes.c_uint8 * ${type.length}`;
    case 'enum':
      return NUMBERS[type.base];
    case 'struct':
      return type.name;
    case 'array':
      return `(${typeText(type.element)}) * ${type.length}`;
  }
}
