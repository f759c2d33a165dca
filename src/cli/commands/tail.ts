/** `ringwire tail`: prints the records of a channel as they arrive. */
import type { Command } from 'commander';
import { type ChannelArgument, channelAddress, type RootOptions, takesChannel } from '../channel-argument.js';
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
  printerOf,
  type ReadingOptions,
  takesReadingOptions,
} from '../transfer/reading-options.js';
import { RecordStream } from '../transfer/record-stream.js';
import { noteLap } from '../transfer/report-loss.js';

interface TailOptions extends RootOptions, ReadingOptions, OpeningOptions, FromOption {}

/** Adds the command to the program. */
export function registerTail(program: Command): void {
  const command = program.command('tail').description('print the records of a channel as they arrive');
  takesGiveUp(takesWaiting(takesFrom(takesReadingOptions(takesChannel(command)))))
    .addHelpText('after', HELP)
    .action(tail);
}

const HELP = `${FORMATS_HELP}

Exit code 0: the writer closed the channel and every record was printed, or
the reader of the output ended. Exit code 4: the timeout of the channel passed
without a record or heartbeat, and --give-up applies. 'dead' waits while the
writer lives or its state is unknown, 'late' does not wait, 'never' always
waits.`;

async function tail(argument: ChannelArgument, options: TailOptions): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  const output = new ByteOutput(signal);
  try {
    const reading = { onLoss: noteLap, name: 'ringwire tail' };
    using reader = await openWaiting(channelAddress(argument, options), options, reading, signal);
    await beginAt(reader, options.from, signal);
    const printer = printerOf(options, output);
    const stream = new RecordStream(reader, output, printer, options.count ?? Number.POSITIVE_INFINITY);
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
