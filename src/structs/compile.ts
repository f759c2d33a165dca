/**
 * Functions compiled for one layout. Their text contains the field names and offsets, so that each access has one
 * shape for the engine. Names are identifiers and offsets are numbers (layout.ts), so no other text enters the code.
 * If the process forbids code from strings (`--disallow-code-generation-from-strings`), slower loops replace them.
 */
import type { FieldType, NumberName } from './field-type.js';
import type { PlacedField } from './layout.js';

/** Stores all fields of a value at byte `at`. */
export type WriteFields = (memory: DataView, at: number, value: Record<string, unknown>) => void;
/** Reads the fields of versions up to `version` at byte `at`. The other fields have the value of zero bytes. */
export type ReadFields = (memory: DataView, at: number, version: number) => Record<string, unknown>;

const METHODS: Readonly<Record<Exclude<NumberName, 'i64' | 'u64'>, string>> = {
  i8: 'Int8',
  u8: 'Uint8',
  i16: 'Int16',
  u16: 'Uint16',
  i32: 'Int32',
  u32: 'Uint32',
  f32: 'Float32',
  f64: 'Float64',
};
const RANGES: Readonly<Partial<Record<NumberName, readonly [number, number]>>> = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32_768, 32_767],
  u16: [0, 65_535],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
};

function make<T>(parameters: readonly string[], body: string, ...bound: unknown[]): T | null {
  try {
    return new Function(...parameters, `'use strict'; ${body}`)(...bound) as T;
  } catch (error) {
    if (error instanceof EvalError) return null;
    throw error;
  }
}

/** Returns the code for `types[i].read(memory, at)`, inlined for plain numbers. */
export function readText(type: FieldType<unknown>, i: number, memory: string, at: string): string {
  if (type.kind.kind === 'number' && type.kind.name in METHODS) {
    const method = METHODS[type.kind.name as keyof typeof METHODS];
    return `${memory}.get${method}(${at}, true)`;
  }
  return `types[${i}].read(${memory}, ${at})`;
}

function writeText({ name, type, offset }: PlacedField, i: number): string {
  const slow = `field = ${i}; types[${i}].write(memory, at + ${offset}, value.${name});`;
  if (type.kind.kind !== 'number' || !(type.kind.name in METHODS)) return slow;
  const method = METHODS[type.kind.name as keyof typeof METHODS];
  const range = RANGES[type.kind.name];
  const fits =
    range === undefined
      ? "typeof x === 'number'"
      : `x >= ${range[0]} && x <= ${range[1]} && Number.isInteger(x)`;
  return `x = value.${name}; if (${fits}) memory.set${method}(at + ${offset}, x, true); else { ${slow} }`;
}

/**
 * Compiles a function that stores all fields of a value.
 * @param named converts the error of a field type into one that names the field
 */
export function compileWriter(
  fields: readonly PlacedField[],
  size: number,
  named: (error: unknown, field: string) => unknown,
): WriteFields {
  const types = fields.map(({ type }) => type);
  const gaps = gapsOf(fields, size);
  const clear = gaps.map((gap) => `memory.setUint8(at + ${gap}, 0);`).join(' ');
  const names = fields.map(({ name }) => name);
  const body = `return function write(memory, at, value) {
    let x, field = 0;
    try { ${fields.map(writeText).join('\n')} ${clear} }
    catch (error) { throw named(error, names[field]); }
  };`;
  return make<WriteFields>(['types', 'names', 'named'], body, types, names, named) ?? loop;

  function loop(memory: DataView, at: number, value: Record<string, unknown>): void {
    for (const { name, type, offset } of fields) {
      try {
        type.write(memory, at + offset, value[name]);
      } catch (error) {
        throw named(error, name);
      }
    }
    for (const gap of gaps) memory.setUint8(at + gap, 0);
  }
}

/**
 * Compiles a function that reads all fields.
 * @param zeroOf value of a field in a record of an older version
 */
export function compileReader(
  fields: readonly PlacedField[],
  zeroOf: (type: FieldType<unknown>) => unknown,
): ReadFields {
  const types = fields.map(({ type }) => type);
  const members = fields.map(({ name, type, offset, version }, i) => {
    const read = readText(type, i, 'memory', `at + ${offset}`);
    return version === 1
      ? `${name}: ${read}`
      : `${name}: version >= ${version} ? ${read} : zeroOf(types[${i}])`;
  });
  const body = `return function read(memory, at, version) { return { ${members.join(', ')} }; };`;
  return make<ReadFields>(['types', 'zeroOf'], body, types, zeroOf) ?? loop;

  function loop(memory: DataView, at: number, version: number): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    for (const { name, type, offset, version: since } of fields) {
      value[name] = since <= version ? type.read(memory, at + offset) : zeroOf(type);
    }
    return value;
  }
}

/**
 * Compiles the getters of a view, by field name. `keys` are the keys of `this.memory`, `this.start` and
 * `this.version`.
 */
export function compileGetters(
  fields: readonly PlacedField[],
  keys: { readonly memory: symbol; readonly start: symbol; readonly version: symbol },
  zeroOf: (type: FieldType<unknown>) => unknown,
): PropertyDescriptorMap {
  return Object.fromEntries(
    fields.map(({ name, type, offset, version }) => {
      const read = readText(type, 0, 'this[MEMORY]', `this[START] + ${offset}`);
      const whole = version === 1 ? read : `this[VERSION] >= ${version} ? ${read} : zeroOf(types[0])`;
      const body = `return function get() { return ${whole}; };`;
      const parameters = ['MEMORY', 'START', 'VERSION', 'types', 'zeroOf'];
      const bound = [keys.memory, keys.start, keys.version, [type], zeroOf];
      const get = make<() => unknown>(parameters, body, ...bound) ?? loop;
      return [name, { enumerable: true, get }];

      function loop(this: Record<symbol, unknown>): unknown {
        if ((this[keys.version] as number) < version) return zeroOf(type);
        return type.read(this[keys.memory] as DataView, (this[keys.start] as number) + offset);
      }
    }),
  );
}

/** Returns the offsets of padding bytes. A writer stores zeros there, which a later version reads in new fields. */
function gapsOf(fields: readonly PlacedField[], size: number): number[] {
  const gaps: number[] = [];
  let end = 0;
  for (const { offset, type } of fields) {
    for (; end < offset; end++) gaps.push(end);
    end = offset + type.size;
  }
  for (; end < size; end++) gaps.push(end);
  return gaps;
}
