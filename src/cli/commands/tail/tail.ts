/** `ringwire tail`: prints the last records of channels, and new ones as they arrive. */
import type { Command } from 'commander';
import { type RootOptions, takesChannels } from '../../channel-argument.js';
import { Interruption } from '../../interruption.js';
import { Progress } from '../../progress.js';
import { transferLine } from '../../rendering/transfer.js';
import { ChannelFailures } from '../../transfer/channel-failures.js';
import { isSingle } from '../../transfer/channels-named.js';
import { takesGiveUp } from '../../transfer/following.js';
import { type OpeningOptions, takesWaiting } from '../../transfer/opening.js';
import { printExisting } from '../../transfer/print-existing.js';
import {
  FORMATS_HELP,
  type ReadingOptions,
  takesReadingOptions,
} from '../../transfer/printing/reading-options.js';
import { RecordPrinting } from '../../transfer/printing/record-printing.js';
import { type StartOptions, takesStart } from '../../transfer/start-options.js';
import { FollowedChannels } from './followed-channels.js';

interface TailOptions extends RootOptions, ReadingOptions, OpeningOptions, StartOptions {
  readonly follow: boolean;
}

/** Records to start at if no option says otherwise. */
const LAST = 10;

/** Adds the command to the program. */
export function registerTail(program: Command): void {
  const command = program
    .command('tail')
    .description('print the last records of channels, and new ones as they arrive');
  takesStart(takesChannels(command), String(LAST))
    .option('--no-follow', 'end after the records that exist')
    .option('-f, --follow', 'print new records as they arrive (default)');
  takesGiveUp(takesWaiting(takesReadingOptions(command)))
    .addHelpText('after', HELP)
    .action(tail);
}

const HELP = `${FORMATS_HELP}

Several channels are printed with their names. New channels that match a
pattern are followed from their beginning.

Exit code 0: the writers closed the channels and every record was printed, or
the reader of the output ended. Exit code 4: the timeout of a channel passed
without a record or heartbeat, and --give-up applies. 'dead' waits while the
writer lives or its state is unknown, 'late' does not wait, 'never' always
waits.`;

async function tail(patterns: readonly string[], options: TailOptions): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  const single = isSingle(patterns);
  const printing = await RecordPrinting.prepare(options, !single, signal);
  const failures = single ? null : new ChannelFailures(options.json ?? false);
  using _progress = new Progress(() => transferLine(printing.total), { sharesTerminal: true });
  try {
    const printed = { printing, failures, last: LAST, signal };
    if (options.follow) await new FollowedChannels(options, printed).run(patterns);
    else await printExisting(patterns, options, printed);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  process.exitCode = interruption.exitCode ?? failures?.exitCode;
}
