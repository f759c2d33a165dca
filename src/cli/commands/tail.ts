/** `ringwire tail`: prints the records of a channel as they come. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { openReader, type Reader, waitForChannel } from '../../channel/index.js';
import { DoorbellIdle, RingwireError } from '../../memory/index.js';
import {
  type ChannelArgument,
  type ChannelName,
  channelNamed,
  type RootOptions,
  takesChannel,
} from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { printNote } from '../print.js';
import { Progress } from '../progress.js';
import { type Duration, durationOption, nanosToMillis } from '../quantities.js';
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
import { RecordStream, skipToEnd } from '../records/record-stream.js';
import { transferLine } from '../rendering/transfer.js';

const GIVE_UP = ['dead', 'late', 'never'] as const;

interface TailOptions extends RootOptions, ReadingOptions {
  readonly from: number | 'start' | 'now';
  readonly wait?: boolean;
  readonly waitAtMost?: Duration;
  readonly giveUp: (typeof GIVE_UP)[number];
}

export function registerTail(program: Command): void {
  const command = program.command('tail').description('print the records of a channel as they come');
  takesReadingOptions(takesChannel(command))
    .option('--from <where>', 'start, now, or the position of a record', fromOption, 'start')
    .option('-w, --wait', 'wait for a channel that is not there yet')
    .option('--wait-at-most <duration>', 'the same, but give up after 10s, 2m, ...', durationOption)
    .addOption(
      new Option('--give-up <when>', "after the channel's time-out without a sign: when the writer is")
        .choices(GIVE_UP)
        .default('dead'),
    )
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
    using reader = await open(channelNamed(argument, options), options, signal);
    begin(reader, options.from);
    const print = recordPrinter(formatOf(options), output);
    const stream = new RecordStream(reader, output, print, options.count ?? Number.POSITIVE_INFINITY);
    using _progress = new Progress(() => transferLine(stream), { sharesTerminal: true });
    await follow(reader, stream, options.giveUp, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  process.exitCode = interruption.exitCode;
}

function open(name: ChannelName, options: TailOptions, signal: AbortSignal): Promise<Reader> {
  const { wait, waitAtMost } = options;
  const timeout = options.giveUp === 'never' ? 'never' : 'plain';
  const attempt = () =>
    openReader(name.root, name.id, { timeout, observe: true, onLap: noteLap, name: 'ringwire tail' });
  if (!wait && waitAtMost === undefined) return Promise.resolve(attempt());
  return waitForChannel(attempt, { signal, timeoutMs: nanosToMillis(waitAtMost ?? 'never') }).catch(
    (error) => {
      throw isNotThere(error)
        ? new RingwireError('TIMEOUT', `waited in vain: ${error.message}`, { cause: error })
        : error;
    },
  );
}

function isNotThere(error: unknown): error is RingwireError {
  const codes = ['STORAGE_NOT_FOUND', 'STORAGE_NOT_READY'];
  return error instanceof RingwireError && codes.includes(error.code);
}

function begin(reader: Reader, from: TailOptions['from']): void {
  if (from === 'now') skipToEnd(reader);
  else if (from !== 'start') reader.moveTo(from);
}

async function follow(
  reader: Reader,
  stream: RecordStream,
  giveUp: TailOptions['giveUp'],
  signal: AbortSignal,
): Promise<void> {
  const idle = new DoorbellIdle(reader);
  signal.addEventListener('abort', () => reader.doorbell?.ringNow());
  let told = false;
  while (!signal.aborted && !stream.isDone) {
    const count = await stream.pump();
    const { exhausted } = reader;
    if (count > 0) told = false;
    else if (exhausted?.code === 'CLOSED') return;
    else if (exhausted !== null) {
      if (exhausted.code !== 'TIMEOUT' || isOver(exhausted, giveUp)) throw exhausted;
      if (!told) printNote(`${exhausted.message}; waiting on`);
      told = true;
      // Starts the clock again, so that the writer is looked at again after the next time-out.
      reader.moveTo(reader.position);
    }
    await idle.idleAsync(count);
  }
}

function isOver(timeout: RingwireError, giveUp: TailOptions['giveUp']): boolean {
  return giveUp === 'late' || timeout.writer === 'dead';
}

function fromOption(text: string): TailOptions['from'] {
  if (text === 'start' || text === 'now') return text;
  try {
    return positionOption(text);
  } catch {
    throw new InvalidArgumentError('It must be start, now, or the position of a record in bytes.');
  }
}
