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

it('names exactly the modules with effects at the top level', () => {
  const files = fs.readdirSync(source, { recursive: true, encoding: 'utf8' });
  const withEffects = files
    .filter((file) => file.endsWith('.ts') && EFFECT.test(statementsOf(file)))
    .map((file) => `./dist/${file.replace(/\.ts$/, '.js')}`);
  // An entry point whose import alone has a use stands beside the module that has the effect.
  expect(sideEffects.toSorted()).toEqual([...withEffects, './dist/health/index.js'].toSorted());
});
