/** `ringwire tail`: prints the records of a channel as they come. */
import type { Command } from 'commander';
import { type ChannelArgument, channelNamed, type RootOptions, takesChannel } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { transferLine } from '../rendering/transfer.js';
import { ByteOutput } from '../transfer/byte-output.js';
import { follow, takesGiveUp } from '../transfer/following.js';
import {
  beginAt,
  type FromOption,
  type OpeningOptions,
  openWaiting,
  takesFrom,
  takesWaiting,
} from '../transfer/opening.js';
import {
  FORMATS_HELP,
  formatOf,
  type ReadingOptions,
  takesReadingOptions,
} from '../transfer/reading-options.js';
import { recordPrinter } from '../transfer/record-format.js';
import { RecordStream } from '../transfer/record-stream.js';
import { noteLap } from '../transfer/report-loss.js';

interface TailOptions extends RootOptions, ReadingOptions, OpeningOptions, FromOption {}

export function registerTail(program: Command): void {
  const command = program.command('tail').description('print the records of a channel as they come');
  takesGiveUp(takesWaiting(takesFrom(takesReadingOptions(takesChannel(command)))))
    .addHelpText('after', HELP)
    .action(tail);
}

const HELP = `${FORMATS_HELP}

Ends with exit code 0 when the writer has closed the channel and everything was printed; with 4 when nothing came for
the time-out of the channel and --give-up says so: 'dead' waits on as long as the writer's process lives, 'late' waits
for nobody, 'never' for everybody.`;

async function tail(argument: ChannelArgument, options: TailOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const output = new ByteOutput(signal);
  try {
    const reading = { onLoss: noteLap, name: 'ringwire tail' };
    using reader = await openWaiting(channelNamed(argument, options), options, reading, signal);
    beginAt(reader, options.from);
    const print = recordPrinter(formatOf(options), output);
    const stream = new RecordStream(reader, output, print, options.count ?? Number.POSITIVE_INFINITY);
    using _progress = new Progress(() => transferLine(stream), { sharesTerminal: true });
    await follow(reader, {
      pump: () => stream.pump(),
      giveUp: options.giveUp,
      signal,
      isDone: () => stream.isDone,
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  process.exitCode = interruption.exitCode;
}
