/** `ringwire cat`: prints the records of a channel as it is now. */
import type { Command } from 'commander';
import { JournalReader, journalStatus, openReader, type Reader } from '../../channel/index.js';
import { type ChannelArgument, channelNamed, type RootOptions, takesChannel } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { transferLine } from '../rendering/transfer.js';
import { ByteOutput } from '../transfer/byte-output.js';
import {
  FORMATS_HELP,
  positionOption,
  printerOf,
  type ReadingOptions,
  takesReadingOptions,
} from '../transfer/reading-options.js';
import { RecordStream } from '../transfer/record-stream.js';
import { noteLap } from '../transfer/report-loss.js';

interface CatOptions extends RootOptions, ReadingOptions {
  readonly from?: number;
}

/** Attempts to read from a ring that overtakes this reader again and again. */
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
  const printer = printerOf(options, output);
  const stream = new RecordStream(reader, output, printer, options.count ?? Number.POSITIVE_INFINITY);
  using _progress = new Progress(() => transferLine(stream), { sharesTerminal: true });
  // A few of the records that are written meanwhile are printed also, but the command does not follow the writer. That
  // a ring is full of marks shows a lap after its end.
  const end = endOf(reader, root, id);
  const most = end + reader.header.capacity;
  let at = -1;
  let found = 0;
  let tries = 0;
  const isAtEnd = () => reader.position === at || reader.position > (found > 0 ? end : most);
  // A writer that laps this reader faster than it reads has to be met again before there is something to print.
  const isUnlucky = () => stream.records === 0 && reader.position !== at && ++tries < MOST_TRIES;
  while (!signal.aborted && (!isAtEnd() || isUnlucky())) {
    at = reader.position;
    found = await stream.pump();
    await new Promise(setImmediate);
  }
  process.exitCode = interruption.exitCode;
}

/** No record that exists now lies after this position. */
function endOf(reader: Reader, root: string, id: bigint): number {
  if (reader instanceof JournalReader) return journalStatus(root, id).position;
  return reader.position + reader.header.capacity;
}
