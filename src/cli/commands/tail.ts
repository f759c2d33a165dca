/** `ringwire tail`: prints the records of a channel as they come. */
import type { Command } from 'commander';
import { type ChannelArgument, channelNamed, type RootOptions, takesChannel } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { Progress } from '../progress.js';
import { ByteOutput } from '../records/byte-output.js';
import { follow, takesGiveUp } from '../records/following.js';
import { noteLap } from '../records/lap-note.js';
import {
  beginAt,
  type FromOption,
  type OpeningOptions,
  openWaiting,
  takesFrom,
  takesWaiting,
} from '../records/opening.js';
import {
  FORMATS_HELP,
  formatOf,
  type ReadingOptions,
  takesReadingOptions,
} from '../records/reading-options.js';
import { recordPrinter } from '../records/record-format.js';
import { RecordStream } from '../records/record-stream.js';
import { transferLine } from '../rendering/transfer.js';

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
    const reading = { onLap: noteLap, name: 'ringwire tail' };
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
