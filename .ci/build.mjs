/**
 * Builds dist: `node .ci/build.mjs`. With `--all` for publishing: with the native module for every processor.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { joinModules } from './modules.mjs';
import { copyNative } from './native.mjs';
import { buildPage } from './page.mjs';

const REPOSITORY = path.resolve(import.meta.dirname, '..');

const compiler = path.join(REPOSITORY, 'node_modules/typescript-7/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
  cwd: REPOSITORY,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
await joinModules();
await buildPage();
await writeCommandList();
fs.chmodSync(path.join(REPOSITORY, 'dist/cli/main.js'), 0o755);
copyNative({ all: process.argv.includes('--all') });

/** The commands as `ringwire --help` lists them, so that help loads none of them. */
async function writeCommandList() {
  const file = path.join(REPOSITORY, 'dist/cli/command-list.json');
  fs.rmSync(file, { force: true });
  const { buildProgram, listCommands } = await import(path.join(REPOSITORY, 'dist/cli/program.js'));
  fs.writeFileSync(file, JSON.stringify(listCommands(await buildProgram(false, []))));
}
