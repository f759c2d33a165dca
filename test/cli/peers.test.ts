import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.js';
import { ringwire } from './ringwire-command.js';

const SOURCES = path.resolve(import.meta.dirname, '../../src/peers');

it('peers copies one file for each language, byte for byte', async () => {
  const folder = path.join(temporaryFolder(), 'include');
  const { code, stdout } = await ringwire(['peers', folder]);
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((file) => path.basename(file)),
  ).toEqual(['ringwire.h', 'ringwire.py', 'ringwire.rs']);
  for (const name of fs.readdirSync(folder)) {
    expect(fs.readFileSync(path.join(folder, name))).toEqual(fs.readFileSync(path.join(SOURCES, name)));
  }
});

it('peers copies the file of one language, and prints JSON', async () => {
  const folder = temporaryFolder();
  const { stdout } = await ringwire(['peers', folder, '--language', 'c', '--json']);
  expect(JSON.parse(stdout)).toEqual({ files: [path.join(folder, 'ringwire.h')] });
  expect(fs.readdirSync(folder)).toEqual(['ringwire.h']);
});

it('peers refuses a folder that cannot be created, and a language that it does not know', async () => {
  const file = path.join(temporaryFolder(), 'file');
  fs.writeFileSync(file, '');
  const refused = await ringwire(['peers', path.join(file, 'below')]);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('cannot access');
  expect((await ringwire(['peers', '--language', 'cobol'])).code).toBe(2);
});
