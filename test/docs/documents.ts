/**
 * The documents of the project and what can be checked in them.
 *
 * Conventions of a fenced block:
 * - `js`: run as a module in the document's folder of its own, in order, `ringwire` installed.
 * - `sh`: run in a shell in the same folder, `ringwire` on the path.
 * - `text` directly after a block that ran: what it printed on standard output, exactly.
 * - A comment `<!-- not run: REASON -->` above a `js` or `sh` block, or `<!-- not compared: REASON -->` above a
 *   `text` block, takes it out; reasons are printed.
 * - Every other language is for reading.
 */
import fs from 'node:fs';
import path from 'node:path';

export const REPOSITORY = path.resolve(import.meta.dirname, '../..');

export interface Block {
  readonly language: string;
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** Why it is not run or not compared; null for all others. */
  readonly reason: string | null;
  /** Whether only white space lies between this block and the one before. */
  readonly followsBlock: boolean;
}

/** All documents that are written by hand, as paths relative to the repository. docs/api is generated. */
export function documents(): string[] {
  const inDocs = fs
    .readdirSync(path.join(REPOSITORY, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('api/'))
    .map((name) => path.join('docs', name));
  return ['README.md', 'CHANGELOG.md', 'llms.txt', ...inDocs.sort()].filter((name) =>
    fs.existsSync(path.join(REPOSITORY, name)),
  );
}

export function read(document: string): string {
  return fs.readFileSync(path.join(REPOSITORY, document), 'utf8');
}

export function blocks(text: string): Block[] {
  const found: Block[] = [];
  let open: {
    language: string;
    line: number;
    code: string[];
    reason: string | null;
    followsBlock: boolean;
  } | null = null;
  let before = '';
  let reason: string | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\S*)/.exec(line);
    if (open !== null && line === '```') {
      found.push({ ...open, code: `${open.code.join('\n')}\n` });
      open = null;
      before = '```';
      reason = null;
    } else if (open !== null) {
      open.code.push(line);
    } else if (fence !== null) {
      open = { language: fence[1] ?? '', line: index + 1, code: [], reason, followsBlock: before === '```' };
    } else if (line.trim() !== '') {
      reason = /^<!-- not (?:run|compared): (.+) -->$/.exec(line)?.[1] ?? null;
      if (reason === null) before = line;
    }
  }
  if (open !== null) throw new Error(`the block that begins in line ${open.line} is never closed`);
  return found;
}

/** Anchors of the headings of a document, as GitHub makes them. */
export function anchors(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The text below a heading, up to the next heading of the same or a higher level. @throws Error without the heading */
export function section(text: string, heading: string): string {
  const found: string[] = [];
  let level = 0;
  let fenced = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    const [, marks, name] = (fenced ? null : /^(#+) (.+)$/.exec(line)) ?? [];
    if (level > 0 && marks !== undefined && marks.length <= level) break;
    if (level > 0) found.push(line);
    else if (marks !== undefined && name === heading) level = marks.length;
  }
  if (level === 0) throw new Error(`no heading '${heading}'`);
  return found.join('\n');
}

/** Targets of all links and pictures. */
export function links(text: string): string[] {
  const prose = withoutBlocks(text).replace(/`[^`\n]*`/g, '');
  return [
    ...[...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string),
    ...[...prose.matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map((match) => match[1] as string),
  ];
}

function withoutBlocks(text: string): string {
  return text.replace(/^```.*?^```$/gms, '');
}

/**
 * Puts an npx into a folder that only runs its arguments: the one of npm takes half a second for each command.
 * test/package/packed.test.ts runs commands of the documents through npm's.
 */
export function placeNpx(folder: string): void {
  fs.writeFileSync(path.join(folder, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
}
