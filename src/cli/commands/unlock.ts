/** `ringwire unlock`: removes the lock of a creator that died during creation. */
import type { Command } from 'commander';
import { removeStaleLock } from '../../channel/index.js';
import {
  type ChannelArgument,
  channelFields,
  channelLabel,
  channelNamed,
  type RootOptions,
  takesChannel,
} from '../channel-argument.js';
import { printJson, printText } from '../print.js';

interface UnlockOptions extends RootOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerUnlock(program: Command): void {
  const command = program.command('unlock').description('remove the lock of a creator that died');
  takesChannel(command)
    .option('--force', 'also a lock that does not name its creator, such as that of kekbit')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe lock of a creator that lives is never removed: exit code 5.')
    .action(unlock);
}

function unlock(argument: ChannelArgument, options: UnlockOptions): void {
  const channel = channelNamed(argument, options);
  const removed = removeStaleLock(channel.root, channel.id, { force: options.force ?? false });
  const label = channelLabel(channel);
  if (options.json) printJson({ ...channelFields(channel), removed });
  else printText(removed ? `removed the lock of channel ${label}\n` : `channel ${label} has no lock\n`);
}
