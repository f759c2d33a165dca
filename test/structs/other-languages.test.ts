/** Layouts and tags of random structs, as compilers and interpreters of other languages define them. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  array,
  bool,
  bytes,
  chars,
  declareC,
  declarePython,
  declareRust,
  enumOf,
  type FieldType,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  type Struct,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '../../src/structs/index.js';
import { hasProgram } from '../peers/peers.js';
import { SEED } from '../seed.js';
import { temporaryFolder } from '../temporary.js';

const scalars: FieldType<unknown>[] = [i8, u8, i16, u16, i32, u32, i64, u64, f32, f64, bool];

const nested = struct({ low: u8, high: u32 }, { name: 'Nested' });
const types: fc.Arbitrary<FieldType<unknown>> = fc.oneof(
  fc.constantFrom(...scalars),
  fc.nat(11).map((n) => chars(n + 1)),
  fc.nat(11).map((n) => bytes(n + 1)),
  fc.constant(enumOf({ off: 0, on: 1 }, u16)),
  fc.tuple(fc.constantFrom(...scalars), fc.nat(4)).map(([type, n]) => array(type, n + 1) as never),
  fc.constant(nested),
);
const made = fc.sample(
  fc.tuple(fc.array(types, { minLength: 1, maxLength: 12 }), fc.boolean(), fc.boolean()),
  { numRuns: 60, seed: SEED },
);
const structs = made.map(([list, packed, tagged], i) => {
  const fields = Object.fromEntries(list.map((type, n) => [`field${n}`, type]));
  return struct(fields, {
    name: `Made${i}`,
    packed,
    tag: tagged ? 'record' : 'none',
  });
});

/** What each language says of a struct, in one line. */
const expected = structs.map((one) => {
  const shift = one.tagged ? 8 : 0;
  return [one.name, ...one.layout.fields.map(({ offset }) => offset + shift)].join(' ');
});

describe(`random structs (seed ${SEED})`, () => {
  it('have the offsets of a C compiler', (test) => {
    if (!hasProgram('gcc')) return test.skip('gcc is not installed');
    const folder = temporaryFolder();
    const once = new Set<string>();
    const declarations = structs.map((one) => withoutRepeats(declareC(one), once)).join('\n');
    const prints = structs.map((one) => {
      const fields = one.layout.fields.map(({ name }) => `printf(" %zu", offsetof(${one.name}, ${name}));`);
      return `printf("${one.name}"); ${fields.join(' ')} printf(" size %zu\\n", sizeof(${one.name}));`;
    });
    fs.writeFileSync(
      path.join(folder, 'a.c'),
      `#include <stdio.h>\n${declarations}\nint main(void) { ${prints.join('\n')} }`,
    );
    const flags = ['-std=c11', '-Wall', '-Wextra', '-Wno-unused-function', '-Wno-unused-local-typedefs'];
    const compiled = spawnSync('gcc', [...flags, 'a.c', '-o', 'a'], { cwd: folder, encoding: 'utf8' });
    expect(compiled.stderr).toBe('');
    const lines = spawnSync(path.join(folder, 'a'), { encoding: 'utf8' }).stdout.trim().split('\n');
    expect(lines.map((line) => line.replace(/ size \d+$/, ''))).toEqual(expected);
    lines.forEach((line, i) => {
      const one = structs[i] as Struct<unknown>;
      // A tag raises the alignment of the whole struct to that of its first word.
      if (!one.tagged) expect(line).toMatch(new RegExp(` size ${one.size}$`));
    });
  });

  it('have the offsets of Python, with the size of the record', (test) => {
    if (!hasProgram('python3')) return test.skip('python3 is not installed');
    const folder = temporaryFolder();
    const prints = structs.map((one) => {
      const fields = one.layout.fields.map(({ name }) => `${one.name}.${name}.offset`);
      return `print('${one.name}', ${fields.join(', ')})`;
    });
    fs.writeFileSync(
      path.join(folder, 'a.py'),
      `${structs.map((one) => declarePython(one)).join('\n')}\n${prints.join('\n')}\n`,
    );
    const { stdout, stderr } = spawnSync('python3', ['a.py'], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(expected);
  });

  it('are accepted by the Rust compiler, which checks each offset', (test) => {
    if (!hasProgram('rustc')) return test.skip('rustc is not installed');
    const folder = temporaryFolder();
    const modules = structs.map((one) => `mod ${one.name.toLowerCase()} {\n${declareRust(one)}\n}`);
    fs.writeFileSync(path.join(folder, 'a.rs'), `#![allow(dead_code)]\n${modules.join('\n')}\nfn main() {}`);
    const args = ['--edition', '2021', '--emit', 'metadata', 'a.rs'];
    const { status, stderr } = spawnSync('rustc', args, { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

it('a C program writes a tagged struct that Node reads, and refuses another layout', (test) => {
  if (!hasProgram('gcc')) return test.skip('gcc is not installed');
  const quote = struct({ symbol: chars(8), price: f64, quantity: u32 }, { name: 'Quote' });
  const folder = temporaryFolder();
  const program = `#include <stdio.h>
#include <string.h>
${declareC(quote)}
int main(void) {
  Quote q;
  memset(&q, 0, sizeof q);
  Quote_tag(&q);
  memcpy(q.symbol, "RW", 2);
  q.price = 10.5;
  q.quantity = 3;
  fwrite(&q, sizeof q, 1, stdout);
  if (!Quote_check(&q, sizeof q)) return 1;
  q.layout_first ^= 1;
  return Quote_check(&q, sizeof q) ? 2 : 0;
}`;
  fs.writeFileSync(path.join(folder, 'a.c'), program);
  expect(spawnSync('gcc', ['-std=c11', 'a.c', '-o', 'a'], { cwd: folder, encoding: 'utf8' }).stderr).toBe('');
  const { status, stdout } = spawnSync(path.join(folder, 'a'));
  expect(status).toBe(0);
  expect(quote.decode(stdout, 0, stdout.length)).toEqual({ symbol: 'RW', price: 10.5, quantity: 3 });
});

/** A declaration without the nested structs that were declared before. */
function withoutRepeats(declaration: string, once: Set<string>): string {
  return declaration.replaceAll(
    /typedef struct (Nested) \{[^}]*\} \1;\n(?:typedef char [^\n]*\n)*/g,
    (text) => {
      if (once.has('Nested')) return '';
      once.add('Nested');
      return text;
    },
  );
}
