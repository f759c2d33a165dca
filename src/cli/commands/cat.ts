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

/** Attempts to read from a ring whose writer laps this reader repeatedly. */
const MOST_TRIES = 100;

/** Adds the command to the program. */
export function registerCat(program: Command): void {
  const command = program.command('cat').description('print the records that are in a channel');
  takesReadingOptions(takesChannel(command))
    .option('--from <position>', 'start at this record position (default: the first record)', positionOption)
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
  // Prints some of the records that are written meanwhile, but does not follow the writer. A ring that contains only
  // control marks is recognized one lap later.
  const end = endOf(reader, root, id);
  const most = end + reader.header.capacity;
  let at = -1;
  let found = 0;
  let tries = 0;
  const isAtEnd = () => reader.position === at || reader.position > (found > 0 ? end : most);
  // A writer that laps this reader before its first record requires another attempt.
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
