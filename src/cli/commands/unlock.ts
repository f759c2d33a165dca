/** `ringwire unlock`: removes the lock of a creator that died during creation. */
import type { Command } from 'commander';
import { removeStaleLock } from '../../channel/index.js';
import { type ChannelArgument, channelNamed, type RootOptions, takesChannel } from '../channel-argument.js';
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
  const { root, id } = channelNamed(argument, options);
  const removed = removeStaleLock(root, id, { force: options.force ?? false });
  if (options.json) printJson({ channel: id, removed });
  else printText(removed ? `removed the lock of channel ${id}\n` : `channel ${id} has no lock\n`);
}
