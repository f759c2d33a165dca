/** `ringwire cat`: prints what is in a channel now. */
import type { Command } from 'commander';
import { openReader } from '../../channel/index.js';
import { type ChannelArgument, channelNamed, type RootOptions, takesChannel } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { ByteOutput } from '../records/byte-output.js';
import { noteLap } from '../records/lap-note.js';
import {
  FORMATS_HELP,
  formatOf,
  positionOption,
  type ReadingOptions,
  takesReadingOptions,
} from '../records/reading-options.js';
import { recordPrinter } from '../records/record-format.js';
import { RecordStream } from '../records/record-stream.js';
import { transferLine } from '../rendering/transfer.js';

interface CatOptions extends RootOptions, ReadingOptions {
  readonly from?: number;
}

export function registerCat(program: Command): void {
  const command = program.command('cat').description('print the records that are in a channel');
  takesReadingOptions(takesChannel(command))
    .option('--from <position>', 'begin at the record that begins there', positionOption)
    .addHelpText('after', FORMATS_HELP)
    .action(cat);
}

async function cat(argument: ChannelArgument, options: CatOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const { root, id } = channelNamed(argument, options);
  using reader = openReader(root, id, { timeout: 'never', observe: true, onLap: noteLap });
  if (options.from !== undefined) reader.moveTo(options.from);
  const output = new ByteOutput(signal);
  const print = recordPrinter(formatOf(options), output);
  const stream = new RecordStream(reader, output, print, options.count ?? Number.POSITIVE_INFINITY);
  using _progress = new Progress(() => transferLine(stream), { sharesTerminal: true });
  // Whatever is written meanwhile is printed, too, but nobody waits for it.
  // Many heartbeats in a row end a poll of a ring, but not its records.
  for (let at = -1; !signal.aborted && reader.position !== at; await new Promise(setImmediate)) {
    at = reader.position;
    await stream.pump();
  }
  process.exitCode = interruption.exitCode;
}
