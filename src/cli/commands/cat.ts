/** `ringwire cat`: prints what is in a channel now. */
import type { Command } from 'commander';
import { JournalReader, journalStatus, openReader, type Reader } from '../../channel/index.js';
import { type ChannelArgument, channelNamed, type RootOptions, takesChannel } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { transferLine } from '../rendering/transfer.js';
import { ByteOutput } from '../transfer/byte-output.js';
import {
  FORMATS_HELP,
  formatOf,
  positionOption,
  type ReadingOptions,
  takesReadingOptions,
} from '../transfer/reading-options.js';
import { recordPrinter } from '../transfer/record-format.js';
import { RecordStream } from '../transfer/record-stream.js';
import { noteLap } from '../transfer/report-loss.js';

interface CatOptions extends RootOptions, ReadingOptions {
  readonly from?: number;
}

/** How often a ring is looked at that overtakes whoever reads it. */
const MOST_TRIES = 100;

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
  using reader = openReader(root, id, { timeout: 'never', observe: true, onLoss: noteLap });
  if (options.from !== undefined) reader.moveTo(options.from);
  const output = new ByteOutput(signal);
  const print = recordPrinter(formatOf(options), output);
  const stream = new RecordStream(reader, output, print, options.count ?? Number.POSITIVE_INFINITY);
  using _progress = new Progress(() => transferLine(stream), { sharesTerminal: true });
  // A little of what is written meanwhile is printed, too, but nobody waits for it, or runs after it. That a ring is full
  // of marks shows a lap behind its end.
  const end = endOf(reader, root, id);
  const most = end + reader.header.capacity;
  let at = -1;
  let found = 0;
  let tries = 0;
  const isAtEnd = () => reader.position === at || reader.position > (found > 0 ? end : most);
  // A writer that goes round faster than we read has to be met again before there is something to print.
  const isUnlucky = () => stream.records === 0 && reader.position !== at && ++tries < MOST_TRIES;
  while (!signal.aborted && (!isAtEnd() || isUnlucky())) {
    at = reader.position;
    found = await stream.pump();
    await new Promise(setImmediate);
  }
  process.exitCode = interruption.exitCode;
}

/** Nothing that is there now lies behind this position. */
function endOf(reader: Reader, root: string, id: bigint): number {
  if (reader instanceof JournalReader) return journalStatus(root, id).position;
  return reader.position + reader.header.capacity;
}
