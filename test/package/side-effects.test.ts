/** package.json names every module that does something when it is imported; bundlers may drop the others. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { REPOSITORY } from './npm.js';

const source = path.join(REPOSITORY, 'src');
const { sideEffects } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));

/** A statement at the top level that is neither a declaration nor an import nor an export. */
const EFFECT = /^(?:await |void |new |try \{|if \(|process\.|[A-Za-z_.]+\()/m;

/** The text of a module without its template literals, which may hold the code of a worker thread. */
const statementsOf = (file: string) =>
  fs.readFileSync(path.join(source, file), 'utf8').replace(/`[^`]*`/g, '``');

/** The entry of package.json for a source file: the build joins each module, except for the command. */
function entryOf(file: string): string {
  if (file.startsWith('cli/')) return './dist/cli/**';
  if (file === 'aeron/driver/driver-thread.ts') return './dist/aeron/driver-thread.js';
  return `./dist/${file.split('/')[0]}/index.js`;
}

it('names exactly the modules with effects at the top level', () => {
  const withEffects = fs
    .readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && EFFECT.test(statementsOf(file)));
  expect(sideEffects.toSorted()).toEqual([...new Set(withEffects.map(entryOf))].sort());
  for (const entry of sideEffects) {
    expect(fs.existsSync(path.join(REPOSITORY, entry.replace('/**', ''))), entry).toBe(true);
  }
});
