/**
 * Bundles of a program that uses ringwire: built by the scripts of docs/guides/bundling.md, moved to another folder, and
 * run as two processes.
 */
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocks, read, section } from '../docs/documents.js';
import { SIZE } from '../size.js';
import { install, link, pack, run, runAsync, sayWhySkipped } from './npm.js';

const PROGRAMS = path.join(import.meta.dirname, 'bundlers');
/** Not a development dependency: its installation runs a script. */
const ESBUILD = 'esbuild@0.28';
const guide = read('docs/guides/bundling.md');
const headings = [...section(guide, 'Build scripts').matchAll(/^### (.+)$/gm)].map(([, name = '']) => name);
/** One that joins modules and one that makes a single file. */
const QUICK = ['rolldown', 'ncc, with require'];

const work = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-bundle-' });
let folder: string | null = null;
let hasEsbuild = false;

beforeAll(() => {
  folder = install(pack(work.name).tarball);
  if (folder === null) return sayWhySkipped('nothing is bundled: no registry can be reached');
  if (SIZE === 'test')
    sayWhySkipped(`npm run test:all builds with all bundlers; this run with ${QUICK.join(' and ')}`);
  else hasEsbuild = run('npm', ['install', '--prefer-offline', '--silent', ESBUILD], folder).status === 0;
  for (const name of ['rolldown', 'vite', 'webpack', '@vercel/ncc']) link(name, folder);
  fs.cpSync(PROGRAMS, folder, { recursive: true });
});

afterAll(() => {
  work.removeCallback();
  if (folder !== null) fs.rmSync(folder, { recursive: true });
});

it('the guide has a build script for each bundler', () => {
  for (const name of ['esbuild', 'rolldown', 'Vite', 'webpack', 'ncc'])
    expect(headings.some((heading) => heading.startsWith(name))).toBe(true);
});

describe.each(SIZE === 'test' ? QUICK : headings)('a bundle by %s', (heading) => {
  it('exchanges records between two processes and starts a driver thread, moved elsewhere', async ({
    skip,
  }) => {
    if (folder === null) return skip('no registry');
    if (heading.startsWith('esbuild') && !hasEsbuild) {
      sayWhySkipped(`${heading}: ${ESBUILD} cannot be installed`);
      return skip('no esbuild');
    }
    const out = path.join(folder, 'out');
    fs.rmSync(out, { recursive: true, force: true });
    build(section(guide, heading), folder);
    // The first block is about the files beside each bundle.
    const type = heading.endsWith('CommonJS') ? 'commonjs' : 'module';
    build(section(guide, 'Build scripts').replaceAll('"module"', `"${type}"`), folder);
    const elsewhere = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-moved-' });
    fs.cpSync(out, elsewhere.name, { recursive: true });
    fs.rmSync(out, { recursive: true });
    const app = ['app.js', 'index.mjs', 'index.cjs']
      .map((name) => path.join(elsewhere.name, name))
      .find((name) => fs.existsSync(name)) as string;
    const channels = path.join(elsewhere.name, 'channels');
    const reading = runAsync(process.execPath, [app, 'read', channels], '/');
    expect(run(process.execPath, [app, 'write', channels], '/')).toEqual({ status: 0, output: '' });
    expect(await reading).toEqual({ status: 0, output: '100 records\n' });
    const driver = run(process.execPath, [app, 'drive', elsewhere.name], '/');
    expect(driver).toEqual({ status: 0, output: 'the driver ran\n' });
    elsewhere.removeCallback();
  });
});

/** Runs the first block of a text, which must not print a warning. */
function build(text: string, cwd: string): void {
  const [script] = blocks(text);
  if (script === undefined) throw new Error(`no block in:\n${text}`);
  fs.writeFileSync(path.join(cwd, 'build.mjs'), script.code);
  const { status, output } =
    script.language === 'js'
      ? run(process.execPath, ['build.mjs'], cwd)
      : run('bash', ['-euo', 'pipefail', '-c', script.code], cwd);
  expect(status, output).toBe(0);
  expect(output).not.toMatch(/warning/i);
}
