/** The help texts of all commands. */
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';

const COLUMNS = 80;
const NARROW_COLUMNS = 40;

/** All commands and groups, by the words that call them. */
function commandsOf(command: Command, words: readonly string[] = []): [name: string, command: Command][] {
  return [
    [words.join(' '), command],
    ...command.commands.flatMap((child) => commandsOf(child, [...words, child.name()])),
  ];
}

/** What `--help` prints, texts before and after the options included. */
function helpOf(command: Command, columns = COLUMNS): string {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece), getOutHelpWidth: () => columns });
  command.outputHelp();
  return text;
}

const commands = commandsOf(await buildProgram(false, []));

it('covers the commands', () => {
  expect(commands.length).toBeGreaterThan(40);
});

it.each(commands)('ringwire %s --help fits 80 columns', (_, command) => {
  const lines = helpOf(command).split('\n');
  // An option name may be longer; it cannot be wrapped.
  expect(lines.filter((line) => line.length > COLUMNS)).toEqual([]);
});

it.each(commands)('ringwire %s --help wraps between words at 40 columns', (_, command) => {
  const words = (text: string) => text.split(/\s+/);
  const narrow = helpOf(command, NARROW_COLUMNS);
  expect(words(narrow)).toEqual(words(helpOf(command)));
  // Texts after the options are examples and tables for 80 columns.
  const generated = narrow.split('\n').slice(
    0,
    narrow.split('\n').findIndex((line) => /-h, --help/.test(line)),
  );
  const tooLong = generated.filter((line) => line.length > NARROW_COLUMNS);
  // What cannot be broken: a usage line, a term, a single word.
  expect(tooLong.filter((line) => !/^(Usage: .*| {2}\S+( \S+)*|\s*\S+)$/.test(line))).toEqual([]);
});

it.each(commands)('descriptions of ringwire %s are phrases without a full stop', (_, command) => {
  const texts = [
    command.description(),
    ...command.options.map((option) => option.description),
    ...command.registeredArguments.map((argument) => argument.description),
  ];
  expect(texts.filter((text) => text.endsWith('.') && !text.endsWith('...'))).toEqual([]);
  expect(command.description()).toMatch(/^[a-z]/);
});
