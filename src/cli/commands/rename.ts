/** `ringwire rename`: gives a channel another name. */
import type { Command } from 'commander';
import { renameChannel } from '../../channel/index.js';
import {
  type ChannelArgument,
  channelFields,
  channelLabel,
  channelNamed,
  type RootOptions,
  takesChannel,
} from '../channel-argument.js';
import { printJson, printText } from '../print.js';

interface RenameOptions extends RootOptions {
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerRename(program: Command): void {
  const command = program.command('rename').description('give a channel another name, or its first one');
  takesChannel(command)
    .argument('<name>', 'new name: letters, digits, ., _ and -, not a number')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
    .action(rename);
}

const HELP = `
The id stays, and processes that have the channel open continue. Exit code 5:
another channel has the name.`;

function rename(argument: ChannelArgument, name: string, options: RenameOptions): void {
  const before = channelNamed(argument, options);
  const { id } = renameChannel(before.root, before.id, name);
  if (options.json) printJson({ ...channelFields({ id, name }), oldName: before.name ?? null });
  else printText(`${channelLabel(before)} is now ${channelLabel({ id, name })}\n`);
}
