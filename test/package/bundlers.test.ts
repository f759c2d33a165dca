/** Bundles of a program that uses ringwire: built, moved to another folder, and run as two processes. */
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIZE } from '../size.js';
import { pack, REPOSITORY, run, runAsync } from './npm.js';

const FIXTURES = path.join(import.meta.dirname, 'bundlers');
/** Installed for the test: too large for the development dependencies. */
const INSTALLED = { esbuild: 'esbuild@0.28', webpack: 'webpack@5' };
const work = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-bundle-' });
const missing = new Set<string>();
/** They need a registry, and minutes. */
const IS_SMALL = SIZE === 'test';
if (IS_SMALL) process.stderr.write('skipped: bundles are built by npm run test:all\n');

beforeAll(() => {
  if (IS_SMALL) return;
  const { tarball } = pack(work.name);
  fs.writeFileSync(path.join(work.name, 'package.json'), '{ "private": true, "type": "module" }');
  const npm = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
  const { status, output } = run('npm', [...npm, tarball], work.name);
  if (status !== 0) throw new Error(output);
  for (const [name, spec] of Object.entries(INSTALLED)) {
    if (run('npm', [...npm, spec], work.name).status !== 0) missing.add(name);
  }
  // These two are development dependencies of this repository.
  for (const name of ['rolldown', 'vite']) {
    const link = path.join(work.name, 'node_modules', name);
    fs.symlinkSync(path.join(REPOSITORY, 'node_modules', name), link);
  }
  for (const file of fs.readdirSync(FIXTURES)) {
    fs.copyFileSync(path.join(FIXTURES, file), path.join(work.name, file));
  }
}, 300_000);

afterAll(() => work.removeCallback());

const TOOLS = ['esbuild, esm', 'esbuild, cjs', 'rolldown, esm', 'Vite, SSR', 'webpack, CommonJS'];

describe.skipIf(IS_SMALL).each(TOOLS)('a bundle by %s', (tool) => {
  it('exchanges records between two processes and starts a driver thread, moved elsewhere', async ({
    skip,
  }) => {
    const [name = ''] = tool.split(',');
    if (missing.has(name)) {
      process.stderr.write(`skipped: ${name} cannot be installed\n`);
      return skip(`no ${name}`);
    }
    fs.rmSync(path.join(work.name, 'out'), { recursive: true, force: true });
    expect(run(process.execPath, ['build.mjs', tool], work.name)).toMatchObject({ status: 0 });
    const elsewhere = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-moved-' });
    fs.cpSync(path.join(work.name, 'out'), elsewhere.name, { recursive: true });
    fs.rmSync(path.join(work.name, 'out'), { recursive: true });
    const app = path.join(elsewhere.name, 'app.js');
    const channels = path.join(elsewhere.name, 'channels');
    const reading = runAsync(process.execPath, [app, 'read', channels], '/');
    expect(run(process.execPath, [app, 'write', channels], '/')).toEqual({ status: 0, output: '' });
    expect(await reading).toEqual({ status: 0, output: '100 records\n' });
    const driver = run(process.execPath, [app, 'drive', elsewhere.name], '/');
    expect(driver).toEqual({ status: 0, output: 'the driver ran\n' });
    elsewhere.removeCallback();
  }, 120_000);
});
