/** The rule of imports between rooms, as `npm run lint` enforces it: probes with every import are linted. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAY_IMPORT: Record<string, readonly string[]> = {
  memory: [],
  channel: ['memory'],
  streams: ['channel'],
  pino: ['channel', 'memory'],
  health: ['channel', 'memory'],
  control: [],
  supervisor: ['control', 'health', 'channel', 'memory'],
  aeron: ['channel', 'memory'],
  relay: ['aeron', 'channel', 'memory'],
  cli: ['memory', 'channel', 'streams', 'health', 'control', 'supervisor', 'aeron', 'relay'],
};
const ROOMS = Object.keys(MAY_IMPORT);
const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const BIOME = path.join(REPOSITORY, 'node_modules/@biomejs/biome/bin/biome');

/** Line N of a probe is import N of this list. */
const statements = ROOMS.flatMap((room) => [
  `export * from '../${room}/index.js';`,
  `import type { Thing } from '../${room}/thing.js';`,
  `await import('../../${room}/inner/thing.js');`,
]);

/** Imports of a probe that the linter refused, as text. */
const refused = new Map<string, Set<string>>();
let folder: tmp.DirResult;

beforeAll(() => {
  folder = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-layering-' });
  fs.copyFileSync(path.join(REPOSITORY, 'biome.json'), path.join(folder.name, 'biome.json'));
  for (const room of ROOMS) {
    fs.mkdirSync(path.join(folder.name, 'src', room), { recursive: true });
    fs.writeFileSync(
      path.join(folder.name, 'src', room, 'probe.ts'),
      [...statements, `import 'ringwire';`, `import './own-file.js';`].join('\n'),
    );
    refused.set(room, new Set());
  }
  for (const [room, line] of lint(folder.name)) {
    refused.get(room)?.add(statements[line - 1] ?? (line === statements.length + 1 ? 'self' : 'own'));
  }
});

afterAll(() => folder.removeCallback());

describe.each(ROOMS)('a file in src/%s', (room) => {
  const others = ROOMS.filter((other) => other !== room);

  it('may import exactly the rooms below it', () => {
    const open = others.filter((other) => !refused.get(room)?.has(`export * from '../${other}/index.js';`));
    expect(open.sort()).toEqual([...(MAY_IMPORT[room] ?? [])].sort());
  });

  it('may never go past the index of another room', () => {
    for (const other of others) {
      expect(refused.get(room)).toContain(`import type { Thing } from '../${other}/thing.js';`);
      expect(refused.get(room)).toContain(`await import('../../${other}/inner/thing.js');`);
    }
  });

  it('may not import the package by its own name, and may import its neighbours', () => {
    expect(refused.get(room)).toContain('self');
    expect(refused.get(room)).not.toContain('own');
  });
});

it('every room that exists stands in the table', () => {
  const rooms = fs
    .readdirSync(path.join(REPOSITORY, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(ROOMS).toEqual(expect.arrayContaining(rooms));
});

it('the document of the rooms shows the same imports', () => {
  const page = fs.readFileSync(path.join(REPOSITORY, 'docs/rooms.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| .+ \| ([a-z, -]+) \|$/gm)].map(([, room, imports]) => [
    room,
    imports === '-' ? [] : imports?.split(', '),
  ]);
  const sorted = Object.entries(MAY_IMPORT).map(([room, imports]) => [room, [...imports].sort()]);
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(sorted));
});

it('the lint command of the package fails when, and because, the rule is broken', () => {
  const ci = (file: string) =>
    spawnSync(process.execPath, [BIOME, 'ci', '--vcs-enabled=false', '--error-on-warnings', file], {
      cwd: folder.name,
      encoding: 'utf8',
    });
  const file = path.join(folder.name, 'src/channel/reexport.ts');
  fs.writeFileSync(file, "export * from '../memory/index.js';\n");
  expect(ci(file).status).toBe(0);
  fs.writeFileSync(file, "export * from '../cli/index.js';\n");
  expect(ci(file).status).toBe(1);
  const { scripts } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
  expect(scripts.lint).toBe('biome ci --error-on-warnings .');
});

/** Room and line of each complaint of the rule. */
function lint(cwd: string): [string, number][] {
  const args = ['lint', '--vcs-enabled=false', '--only=style/noRestrictedImports', '--reporter=github'];
  const { stdout } = spawnSync(process.execPath, [BIOME, ...args, '--max-diagnostics=none', 'src'], {
    cwd,
    encoding: 'utf8',
  });
  return [
    ...stdout.matchAll(
      /title=lint\/style\/noRestrictedImports,file=\S*?src\/([\w-]+)\/probe\.ts,line=(\d+)/g,
    ),
  ].map((match) => [match[1] as string, Number(match[2])]);
}
