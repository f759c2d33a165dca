/** Declares a struct in Rust with `#[repr(C)]` and checks of every offset. */
import type { FieldKind, NumberName } from '../field-type.js';
import { type LayoutTag, TAG_LENGTH } from '../layout.js';
import type { Struct } from '../struct.js';
import { constantName, nestedStructs } from './names.js';

type StructKind = Extract<FieldKind, { kind: 'struct' }>;

/** Returns a module with the struct and its nested structs. */
export function declareRust(struct: Struct<unknown>): string {
  const parts: string[] = [];
  for (const nested of nestedStructs(struct.kind)) parts.push(...structLines(nested, null));
  parts.push(
    ...structLines(
      struct.kind as StructKind,
      struct.tagged ? (struct.layout.tags.at(-1) as LayoutTag) : null,
    ),
  );
  return parts.join('\n');
}

function structLines({ name, fields, packed }: StructKind, tag: LayoutTag | null): string[] {
  const shift = tag === null ? 0 : TAG_LENGTH;
  const lines = [`#[repr(C${packed ? ', packed' : ''})]`, '#[derive(Clone, Copy)]', `pub struct ${name} {`];
  if (tag !== null)
    lines.push('    pub layout_first: u32,', '    pub layout_version: u16,', '    pub layout_check: u16,');
  for (const { name: field, field: type } of fields)
    lines.push(`    pub ${snake(field)}: ${typeText(type)},`);
  lines.push('}', '', `impl ${name} {`);
  for (const { name: field, field: type } of fields) {
    const element = type.kind === 'array' ? type.element : type;
    if (element.kind !== 'enum') continue;
    for (const [key, value] of Object.entries(element.values)) {
      lines.push(`    pub const ${constantName(field)}_${constantName(key)}: ${element.base} = ${value};`);
    }
  }
  if (tag !== null) {
    lines.push(
      `    pub const LAYOUT: (u32, u16, u16) = (0x${tag.first.toString(16)}, ${tag.version}, 0x${tag.check.toString(16)});`,
      '',
      '    /// Whether a record has this layout, or a later version of it.',
      '    pub fn has_layout(&self) -> bool {',
      '        let (first, version, check) = Self::LAYOUT;',
      '        self.layout_first == first',
      '            && (self.layout_version > version || (self.layout_version == version && self.layout_check == check))',
      '    }',
    );
  }
  lines.push('}', '', 'const _: () = {');
  for (const { name: field, offset } of fields) {
    lines.push(`    assert!(core::mem::offset_of!(${name}, ${snake(field)}) == ${offset + shift});`);
  }
  return [...lines, '};', ''];
}

function typeText(type: FieldKind): string {
  switch (type.kind) {
    case 'number':
      return type.name satisfies NumberName;
    case 'bool':
      return 'u8';
    case 'chars':
    case 'bytes':
      return `[u8; ${type.length}]`;
    case 'enum':
      return type.base;
    case 'struct':
      return type.name;
    case 'array':
      return `[${typeText(type.element)}; ${type.length}]`;
  }
}

const KEYWORDS = new Set([
  'type',
  'match',
  'move',
  'ref',
  'self',
  'use',
  'loop',
  'impl',
  'where',
  'fn',
  'in',
  'mod',
]);

function snake(name: string): string {
  const text = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return KEYWORDS.has(text) ? `r#${text}` : text;
}
