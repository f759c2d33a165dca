/** `ringwire rm`: removes channels with all of their files. */
import type { Command } from 'commander';
import { RingwireError } from '../../platform/index.js';
import { channelsMatching, type RootOptions, takesChannels } from '../channel-argument.js';
import { exitCodeOf, noteBroken, removalsAsJson, removeAll, renderRemovals } from '../listing/removals.js';
import { printError, printJson, printText } from '../print.js';

interface RmOptions extends RootOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerRm(program: Command): void {
  takesChannels(program.command('rm').description('remove channels with all of their files'))
    .option('--force', 'also channels that live processes use; reports what that breaks')
    .option('--json', 'print what was removed, refused and freed as JSON')
    .addHelpText('after', HELP)
    .action(rm);
}

const HELP = `
Removes the records, the name, the locks, the doorbell, and the segments and
cursors of a journal. Refuses a channel while its writer, a reader with a slot
or a cursor lives: exit code 5. A refused channel does not stop the removal of
the others. A removal that was interrupted is continued by the next one.`;

function rm(patterns: readonly string[], options: RmOptions): void {
  const channels = channelsMatching(patterns, options);
  if (channels.length === 0) {
    throw new RingwireError('STORAGE_NOT_FOUND', `no channel matches ${patterns.join(' ')}: see ringwire ls`);
  }
  const removals = removeAll(channels, options.force ?? false);
  noteBroken(removals);
  if (options.json) printJson(removalsAsJson(removals));
  else {
    printText(renderRemovals(removals));
    for (const removal of removals) {
      if ('error' in removal) printError(`ringwire: ${removal.error.code}: ${removal.error.message}`);
    }
  }
  process.exitCode = exitCodeOf(removals);
}
