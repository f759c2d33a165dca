/** Diagnostics are published by slow paths only: no function of a hot path contains a hook, subscribed or not. */
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const SOURCE = path.resolve(import.meta.dirname, '../../src');

/** The files below a folder of the source. */
function filesBelow(folder: string): string[] {
  const names = fs.readdirSync(path.join(SOURCE, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.ts')).map((name) => path.join(folder, name));
}

/** The functions of a file that call a function of core/diagnostics. */
function announcersIn(file: string): string[] {
  const text = fs.readFileSync(path.join(SOURCE, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node, within: string): void => {
    let name = within;
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) name = node.name?.getText() ?? '';
    if (ts.isConstructorDeclaration(node)) name = 'constructor';
    if (ts.isCallExpression(node) && /^announce[A-Z]/.test(node.expression.getText())) {
      found.push(`${file} ${name}`);
    }
    ts.forEachChild(node, (child) => visit(child, name));
  };
  visit(source, '');
  return found;
}

test('only these functions of channels publish diagnostics: opening, closing, losses, and the begin of a wait', () => {
  const files = filesBelow('channel').filter((file) => !file.endsWith('core/diagnostics.ts'));
  expect(files.flatMap(announcersIn).sort()).toEqual([
    'channel/journal/journal-reader.ts #reportLoss',
    'channel/journal/journal-reader.ts close',
    'channel/journal/journal-reader.ts constructor',
    'channel/journal/journal-writer.ts #open',
    'channel/journal/journal-writer.ts #release',
    'channel/log/log-writer.ts #release',
    'channel/log/log-writer.ts constructor',
    'channel/log/open-log.ts closeLog',
    'channel/log/open-log.ts openLog',
    'channel/ring/reading/loss-reporter.ts report',
    'channel/ring/reading/open-ring-reader.ts openRing',
    'channel/ring/reading/reader-resources.ts release',
    'channel/ring/writing/open-ring-writer.ts begin',
    'channel/ring/writing/open-ring-writer.ts releaseRing',
    'channel/ring/writing/ring-admission.ts #backPressured',
  ]);
});

test('the files of the hot calls of a ring, and the platform, do not import diagnostics', () => {
  const hot = ['channel/ring/ring-writer.ts', 'channel/ring/ring-reader.ts', 'channel/log/log-reader.ts'];
  for (const file of [...hot, ...filesBelow('platform')]) {
    expect(fs.readFileSync(path.join(SOURCE, file), 'utf8'), file).not.toMatch(/diagnostics(_channel|\.js)'/);
  }
});
