/** The rule of imports in `.dependency-cruiser.mjs`, tried on probes that hold every import of a module. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const RULES = path.join(REPOSITORY, '.dependency-cruiser.mjs');
const PROGRAM = path.join(REPOSITORY, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const { MODULES, CHANNEL_FOLDERS } = (await import(pathToFileURL(RULES).href)) as {
  MODULES: Record<string, readonly string[]>;
  CHANNEL_FOLDERS: Record<string, readonly string[]>;
};
const modules = Object.keys(MODULES);
const channelFolders = Object.keys(CHANNEL_FOLDERS);

/** Imports that were refused: `importing file > imported file`, below src. */
const refused = new Set<string>();
let folder: tmp.DirResult;

function write(file: string, text: string): void {
  const whole = path.join(folder.name, 'src', file);
  fs.mkdirSync(path.dirname(whole), { recursive: true });
  fs.writeFileSync(whole, text);
}

function violations(cwd: string): { from: string; to: string; rule: { name: string } }[] {
  const args = [PROGRAM, 'src', '--config', RULES, '--output-type', 'json'];
  const { stdout } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  return JSON.parse(stdout).summary.violations;
}

beforeAll(() => {
  folder = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-layering-' });
  fs.copyFileSync(path.join(REPOSITORY, 'tsconfig.json'), path.join(folder.name, 'tsconfig.json'));
  for (const module of modules) {
    write(`${module}/index.ts`, 'export const index = 1;\n');
    write(`${module}/inner.ts`, 'export type Inner = 1;\n');
    write(
      `${module}/probe.ts`,
      modules
        .filter((other) => other !== module)
        .flatMap((other) => [
          `export * from '../${other}/index.js';`,
          `import type { Inner as _${other} } from '../${other}/inner.js';`,
        ])
        .join('\n'),
    );
  }
  for (const channelFolder of channelFolders) {
    write(`channel/${channelFolder}/inner.ts`, 'export type Inner = 1;\n');
    write(
      `channel/${channelFolder}/probe.ts`,
      channelFolders
        .filter((other) => other !== channelFolder)
        .map((other) => `import type { Inner as _${other} } from '../${other}/inner.js';`)
        .join('\n'),
    );
  }
  write('circle/one.ts', "import type { Two } from './two.js';\nexport type One = Two;\n");
  write('circle/two.ts', "import type { One } from './one.js';\nexport type Two = One;\n");
  for (const { from, to } of violations(folder.name)) {
    refused.add(`${from.replace('src/', '')} > ${to.replace('src/', '')}`);
  }
});

afterAll(() => folder.removeCallback());

const open = (from: string, names: readonly string[], to: (name: string) => string) =>
  names.filter((name) => !from.startsWith(`${name}/`) && !refused.has(`${from} > ${to(name)}`)).sort();

describe.each(modules)('a file in src/%s', (module) => {
  it('may import exactly the modules of its row', () => {
    expect(open(`${module}/probe.ts`, modules, (name) => `${name}/index.ts`)).toEqual(
      [...(MODULES[module] ?? [])].sort(),
    );
  });

  it('may never import past the index of another module', () => {
    expect(open(`${module}/probe.ts`, modules, (name) => `${name}/inner.ts`)).toEqual([]);
  });
});

it.each(channelFolders)(
  'a file in src/channel/%s may import exactly the folders of its row',
  (channelFolder) => {
    const from = `channel/${channelFolder}/probe.ts`;
    const allowed = channelFolders.filter(
      (name) => name !== channelFolder && !refused.has(`${from} > channel/${name}/inner.ts`),
    );
    expect(allowed.sort()).toEqual([...(CHANNEL_FOLDERS[channelFolder] ?? [])].sort());
  },
);

it('a circle of types alone is refused', () => {
  expect(refused).toContain('circle/one.ts > circle/two.ts');
});

it('the source keeps the rule, and each of its folders holds at most 20 files', () => {
  expect(violations(REPOSITORY)).toEqual([]);
  const count = (at: string): [string, number][] => {
    const entries = fs.readdirSync(path.join(REPOSITORY, at), { withFileTypes: true });
    const below = entries
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => count(`${at}/${entry.name}`));
    return [[at, entries.filter((entry) => entry.isFile()).length], ...below];
  };
  expect(count('src').filter(([, files]) => files > 20)).toEqual([]);
});

it('the lint command of the package applies the rule', () => {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
  expect(scripts.lint).toContain('depcruise src --config .dependency-cruiser.mjs');
});
