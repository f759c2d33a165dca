/** docs/api is what TypeDoc makes of the source, and each exported symbol has a doc comment. */
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.js';
import { REPOSITORY } from './documents.js';

interface Reference {
  readProject(): Promise<{ application: unknown; project: unknown; warnings: string[] }>;
  writeReference(application: unknown, project: unknown, folder: string): Promise<void>;
  missingComments(project: unknown): { missing: string[]; all: number };
}
const { readProject, writeReference, missingComments } = (await import(
  path.join(REPOSITORY, '.ci/docs/reference.mjs')
)) as Reference;
let read: Awaited<ReturnType<Reference['readProject']>>;

beforeAll(async () => {
  read = await readProject();
}, 180_000);

it('TypeDoc has no warning: each type of a public signature is exported and each link leads to a symbol', () => {
  expect(read.warnings).toEqual([]);
});

it('each exported symbol and each of its members has a doc comment; else: npm run docs:missing', () => {
  const { missing, all } = missingComments(read.project);
  expect(all).toBeGreaterThan(1000);
  expect(missing).toEqual([]);
});

it('docs/api is generated from this source; else: npm run docs', { timeout: 180_000 }, async () => {
  const folder = path.join(temporaryFolder(), 'api');
  await writeReference(read.application, read.project, folder);
  const generated = files(folder);
  const committed = files(path.join(REPOSITORY, 'docs/api'));
  expect([...generated.keys()].filter((name) => !committed.has(name))).toEqual([]);
  expect([...committed.keys()].filter((name) => !generated.has(name))).toEqual([]);
  const different = [...generated].filter(([name, text]) => committed.get(name) !== text);
  expect(different.map(([name]) => name)).toEqual([]);
});

function files(folder: string): Map<string, string> {
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
  );
}
