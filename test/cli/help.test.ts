/** The help texts of all commands. */
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';

const COLUMNS = 80;

/** All commands and groups, by the words that call them. */
function commandsOf(command: Command, words: readonly string[] = []): [name: string, command: Command][] {
  return [
    [words.join(' '), command],
    ...command.commands.flatMap((child) => commandsOf(child, [...words, child.name()])),
  ];
}

/** What `--help` prints, texts before and after the options included. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece), getOutHelpWidth: () => COLUMNS });
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

it.each(commands)('descriptions of ringwire %s are phrases without a full stop', (_, command) => {
  const texts = [
    command.description(),
    ...command.options.map((option) => option.description),
    ...command.registeredArguments.map((argument) => argument.description),
  ];
  expect(texts.filter((text) => text.endsWith('.') && !text.endsWith('...'))).toEqual([]);
  expect(command.description()).toMatch(/^[a-z]/);
});
