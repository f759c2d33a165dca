/** Every command and every option of the command line is used by a test. */
import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { REPOSITORY } from '../docs/documents.js';

/** Tests that name options of all commands without running them. */
const NAMES_ONLY = ['completion.test.ts', 'documentation.test.ts', 'every-option.test.ts', 'help.test.ts'];

/** The words of each test that runs commands, and of its helpers; the examples of docs/cli.md are executed by one. */
function testWords(): Set<string>[] {
  const folder = path.join(REPOSITORY, 'test');
  const tests = fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !NAMES_ONLY.includes(path.basename(name)))
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  const page = fs.readFileSync(path.join(REPOSITORY, 'docs/cli.md'), 'utf8');
  const examples = [...page.matchAll(/^\$ .*$/gm)].map(([line]) => line);
  return [...tests, ...examples].map((text) => new Set(text.split(/['"`=\s]+/)));
}

/** Commands, and options as `command --option`, that no test with all words of the command has. */
function unused(command: Command, tests: readonly Set<string>[], words: readonly string[] = []): string[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((child) => unused(child, tests, [...words, child.name()]));
  }
  const runs = tests.filter((test) => words.every((word) => test.has(word)));
  if (runs.length === 0) return [words.join(' ')];
  return command.options
    .filter(({ long, short }) => !runs.some((test) => [long, short].some((word) => word && test.has(word))))
    .map(({ flags }) => `${words.join(' ')} ${flags}`);
}

test('a test runs each command and each of its options', async () => {
  const program = await buildProgram(false, ['completion']);
  expect(unused(program, testWords())).toEqual([]);
});

test('an option that no test names would be found', async () => {
  const program = await buildProgram(false, ['completion']);
  const ls = program.commands.find((command) => command.name() === 'ls') as Command;
  ls.option('--never-tested');
  expect(unused(program, testWords())).toContain('ls --never-tested');
});
