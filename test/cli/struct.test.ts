import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.js';
import { ringwire } from './ringwire-command.js';

const STRUCTS = path.resolve(import.meta.dirname, '../../dist/structs.js');

function moduleWith(text: string): string {
  const file = path.join(temporaryFolder(), 'quote.mjs');
  fs.writeFileSync(file, `import { chars, f64, struct } from '${STRUCTS}';\n${text}\n`);
  return file;
}

const QUOTE = "export const quote = struct({ symbol: chars(8), lastPrice: f64 }, { name: 'Quote' });";

it.each([
  [[], 'typedef struct Quote {'],
  [['--c'], 'char symbol[8];'],
  [['--python'], "('lastPrice', ctypes.c_double)"],
  [['--rust'], 'pub last_price: f64'],
])('struct %j prints a declaration', async (options, line) => {
  const { code, stdout } = await ringwire(['struct', moduleWith(QUOTE), ...options]);
  expect(code).toBe(0);
  expect(stdout).toContain(line);
});

it('struct --json prints sizes, offsets and the tag', async () => {
  const { stdout } = await ringwire(['struct', moduleWith(QUOTE), '--json']);
  expect(JSON.parse(stdout)).toMatchObject([
    {
      name: 'Quote',
      tagged: true,
      recordLength: 24,
      size: 16,
      version: 1,
      tag: { version: 1 },
      fields: [
        { name: 'symbol', offset: 0, size: 8 },
        { name: 'lastPrice', offset: 8, size: 8 },
      ],
    },
  ]);
});

it('struct refuses a module without structs, and one that does not load', async () => {
  const empty = await ringwire(['struct', moduleWith('export const quote = 1;')]);
  expect(empty.code).toBe(2);
  expect(empty.stderr).toContain('exports no struct');
  const missing = await ringwire(['struct', '/nonexistent.mjs']);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain('cannot load /nonexistent.mjs');
});
