/** Records of a fixed layout that other languages share. */
export { array, bytes, chars, enumOf } from './composite-fields.js';
export { declareC } from './declarations/declare-c.js';
export { declarePython } from './declarations/declare-python.js';
export { declareRust } from './declarations/declare-rust.js';
export {
  bool,
  type FieldKind,
  type FieldType,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  type NamedKind,
  type NumberName,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
} from './field-type.js';
export type { Layout, LayoutTag, PlacedField } from './layout.js';
export {
  type Fields,
  Struct,
  type StructOf,
  type StructOptions,
  type StructValue,
  struct,
} from './struct.js';
export type { StructView } from './struct-view.js';
export { TailedStruct, type TailKind, type TailOf } from './tailed-struct.js';
