/** `ringwire cat`: prints the records of channels as they are now. */
import type { Command } from 'commander';
import { type RootOptions, takesChannels } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { transferLine } from '../rendering/transfer.js';
import { ChannelFailures } from '../transfer/channel-failures.js';
import { isSingle } from '../transfer/channels-named.js';
import { printExisting } from '../transfer/print-existing.js';
import {
  FORMATS_HELP,
  type ReadingOptions,
  takesReadingOptions,
} from '../transfer/printing/reading-options.js';
import { RecordPrinting } from '../transfer/printing/record-printing.js';
import { type StartOptions, takesStart } from '../transfer/start-options.js';

interface CatOptions extends RootOptions, ReadingOptions, StartOptions {}

/** Adds the command to the program. */
export function registerCat(program: Command): void {
  const command = program.command('cat').description('print the records that are in channels');
  takesReadingOptions(takesStart(takesChannels(command), 'all'))
    .addHelpText('after', FORMATS_HELP)
    .action(cat);
}

async function cat(patterns: readonly string[], options: CatOptions): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  const single = isSingle(patterns);
  const printing = await RecordPrinting.prepare(options, !single, signal);
  const failures = single ? null : new ChannelFailures(options.json ?? false);
  using _progress = new Progress(() => transferLine(printing.total), { sharesTerminal: true });
  await printExisting(patterns, options, { printing, failures, signal });
  process.exitCode = interruption.exitCode ?? failures?.exitCode;
}
