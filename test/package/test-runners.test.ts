/** Jest and vitest, in a folder with the packed package: a test imports ringwire and exchanges records. */
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blocks, read, section } from '../docs/documents.js';
import { install, link, pack, run, sayWhySkipped } from './npm.js';

const work = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-runners-' });
let folder: string | null = null;

beforeAll(() => {
  folder = install(pack(work.name).tarball);
  if (folder === null) return sayWhySkipped('Jest and vitest do not run: no registry can be reached');
  for (const name of ['jest', 'vitest']) link(name, folder);
  fs.cpSync(path.join(import.meta.dirname, 'runners'), folder, { recursive: true });
});

afterAll(() => {
  work.removeCallback();
  if (folder !== null) fs.rmSync(folder, { recursive: true });
});

/** The environment of a user: without what the vitest that runs this file has set. */
function environment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|JEST|TEST$|NODE_ENV$)/.test(name),
  );
  return { ...Object.fromEntries(entries), NO_COLOR: '1' };
}

/** The command of the guide, for one file. */
function jest(file: string) {
  const [command] = blocks(section(read('docs/guides/bundling.md'), 'Test runners'));
  return run('sh', ['-c', `${command?.code.trim()} ${file}`], folder as string, environment());
}

it('Jest runs a test, an ES module, that exchanges records with another process', ({ skip }) => {
  if (folder === null) return skip('no registry');
  const { status, output } = jest('exchange.test.mjs');
  expect(status, output).toBe(0);
  expect(output).toMatch(/Tests: +1 passed, 1 total/);
});

it('Jest runs a CommonJS test that requires ringwire', ({ skip }) => {
  if (folder === null) return skip('no registry');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 24 || (major === 24 && minor < 9)) {
    sayWhySkipped('a CommonJS test of Jest: it needs Node 24.9 or later');
    return skip('Node is too old');
  }
  const { status, output } = jest('require.test.cjs');
  expect(status, output).toBe(0);
  expect(output).toMatch(/Tests: +1 passed, 1 total/);
});

it.for(['forks', 'threads', 'vmThreads'])('vitest runs the same test in its pool %s', (pool, { skip }) => {
  if (folder === null) return skip('no registry');
  const args = ['vitest', 'run', '--globals', '--pool', pool, 'exchange.test.mjs'];
  const { status, output } = run('npx', args, folder, environment());
  expect(status, output).toBe(0);
  expect(output).toMatch(/Tests +1 passed/);
});
