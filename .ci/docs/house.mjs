/** The drawings of docs/architecture.md: modules and their imports, as dependency-cruiser finds them in src. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CHANNEL_FOLDERS, MODULES } from '../../.dependency-cruiser.mjs';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const BEGIN = '<!-- house:begin (written by `npm run docs`) -->';
const END = '<!-- house:end -->';

/** Imports between files of src, those of types included. @returns pairs of paths below src */
function imports() {
  const program = path.join(REPOSITORY, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, 'src', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: REPOSITORY,
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  if (stdout === '') throw new Error(`dependency-cruiser failed:\n${stderr}`);
  return JSON.parse(stdout).modules.flatMap(({ source, dependencies }) =>
    dependencies
      .filter(({ resolved }) => resolved.startsWith('src/') && source.startsWith('src/'))
      .map(({ resolved }) => [source.slice(4), resolved.slice(4)]),
  );
}

/** Edges between the groups of the files of each pair; groups that are null are left out. */
function edges(pairs, groupOf) {
  const found = new Map();
  for (const [from, to] of pairs) {
    const [importing, imported] = [groupOf(from), groupOf(to)];
    if (importing === null || imported === null || importing === imported) continue;
    found.set(importing, (found.get(importing) ?? new Set()).add(imported));
  }
  return found;
}

/** Leaves out each edge that a longer way implies. */
function withoutImplied(graph) {
  const reaches = (from, to) => [...(graph.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  const kept = [];
  for (const [from, targets] of graph) {
    for (const to of targets) {
      const implied = [...targets].some((other) => other !== to && reaches(other, to));
      if (!implied) kept.push([from, to]);
    }
  }
  return kept.sort(([a, b], [c, d]) => a.localeCompare(c) || b.localeCompare(d));
}

function drawing(names, graph) {
  const nodes = [...names].sort().map((name) => `  ${name}`);
  const arrows = withoutImplied(graph).map(([from, to]) => `  ${from} --> ${to}`);
  return ['```mermaid', 'flowchart TD', ...nodes, ...arrows, '```'].join('\n');
}

function table(names, graph, allowed) {
  const list = (set) =>
    [...set]
      .sort()
      .map((name) => `\`${name}\``)
      .join(' ') || '–';
  const rows = [...names].sort().map((name) => {
    const found = graph.get(name) ?? new Set();
    const unused = (allowed[name] ?? []).filter((other) => !found.has(other));
    return `| \`${name}\` | ${list(found)} | ${list(unused)} |`;
  });
  return ['| module | imports | may also import |', '|---|---|---|', ...rows].join('\n');
}

/** @returns the marked part of docs/architecture.md */
export function house() {
  const pairs = imports();
  const modules = edges(pairs, (file) => (file.includes('/') ? file.split('/')[0] : null));
  const folders = edges(pairs, (file) => {
    const [module, folder, name] = file.split('/');
    return module === 'channel' && name !== undefined ? folder : null;
  });
  return [
    BEGIN,
    '',
    'The modules. An arrow means "imports"; an import that follows from a longer way is not drawn.',
    '',
    drawing(Object.keys(MODULES), modules),
    '',
    table(Object.keys(MODULES), modules, MODULES),
    '',
    'The folders of `src/channel`, drawn the same way.',
    '',
    drawing(Object.keys(CHANNEL_FOLDERS), folders),
    '',
    END,
  ].join('\n');
}

/** @returns the text of docs/architecture.md with its marked part replaced */
export function withHouse(text, part) {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(`docs/architecture.md has no part between ${BEGIN} and ${END}`);
  return text.slice(0, begin) + part + text.slice(end + END.length);
}

/** Rewrites docs/architecture.md. */
export function writeHouse() {
  const file = path.join(REPOSITORY, 'docs/architecture.md');
  fs.writeFileSync(file, withHouse(fs.readFileSync(file, 'utf8'), house()));
}
