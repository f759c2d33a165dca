/** What may follow each command on the command line, taken from the commands themselves. */
import type { Command, Option } from 'commander';

/** Values that only a running system knows: `ringwire complete KIND` prints them. */
export const LIVE_KINDS = ['channels', 'processes', 'streams'] as const;
export type LiveKind = (typeof LIVE_KINDS)[number];

/** What an argument or the value of an option may be: given words, names of files, live values, or any text. */
export type Values = readonly string[] | 'files' | 'folders' | LiveKind | 'text';

/** A word with what it means. */
export interface Word {
  readonly word: string;
  readonly meaning: string;
}

/** An option in all its spellings. */
export interface OptionWords {
  readonly spellings: readonly string[];
  readonly meaning: string;
  /** null: the option takes no value. */
  readonly values: Values | null;
}

/** What may follow one command or group. */
export interface CommandWords {
  /** `''` for the program itself, `'ctl logs'` for a command of a group. */
  readonly path: string;
  readonly subcommands: readonly Word[];
  readonly options: readonly OptionWords[];
  readonly arguments: readonly Values[];
  /** Whether the last argument may be repeated. */
  readonly variadic: boolean;
}

/** The values of an argument by the name it has in the help. */
const BY_NAME: Readonly<Record<string, Values>> = {
  channel: 'channels',
  file: 'files',
  folder: 'folders',
  module: 'files',
  path: 'files',
  root: 'folders',
  yaml: 'files',
};

/** Names that mean something else at a command, or anywhere in a group. */
const BY_COMMAND: Readonly<Record<string, Readonly<Record<string, Values>>>> = {
  aeron: { id: 'streams' },
  ctl: { id: 'processes', ids: 'processes' },
  'ctl signal': { signal: ['HUP', 'INT', 'KILL', 'TERM', 'USR1', 'USR2'] },
  'ctl logs': { name: ['stdout', 'stderr', 'all'] },
  record: { where: ['start', 'now'] },
  relay: { from: 'channels', to: 'channels', where: ['all', 'new'] },
  tail: { where: ['start', 'now'] },
  vlp: { status: ['ok', 'degraded', 'critical', 'stall'] },
};

/** All commands that the help lists, the program first. */
export function commandWords(program: Command): CommandWords[] {
  const found: CommandWords[] = [];
  const visit = (command: Command, path: string) => {
    const help = command.createHelp();
    const commands = help.visibleCommands(command);
    found.push({
      path,
      subcommands: commands.map((child) => ({ word: child.name(), meaning: child.description() })),
      options: help.visibleOptions(command).map((option) => optionWords(option, path)),
      arguments: command.registeredArguments.map((argument) =>
        valuesOf(argument.name(), argument.argChoices, path),
      ),
      variadic: command.registeredArguments.at(-1)?.variadic ?? false,
    });
    // The help command that commander adds has no commands of its own.
    for (const child of command.commands) {
      if (commands.includes(child)) visit(child, `${path} ${child.name()}`.trim());
    }
  };
  visit(program, '');
  return found;
}

function optionWords(option: Option, path: string): OptionWords {
  const { short, long, flags, description, argChoices } = option;
  const takesValue = option.required || option.optional;
  const name = /<([^>]+)>/.exec(flags)?.[1] ?? '';
  return {
    spellings: [long, short].filter((spelling) => spelling !== undefined),
    meaning: description,
    values: takesValue ? valuesOf(name, argChoices, path) : null,
  };
}

function valuesOf(name: string, choices: readonly string[] | undefined, path: string): Values {
  if (choices !== undefined) return choices;
  const [group = ''] = path.split(' ');
  return BY_COMMAND[path]?.[name] ?? BY_COMMAND[group]?.[name] ?? BY_NAME[name] ?? 'text';
}
