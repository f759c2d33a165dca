/** `ringwire write`: what comes in on standard input becomes the records of a channel. */
import { type Command, Option } from 'commander';
import { channelPaths, ShmWriter, TickUnit } from '../../channel/index.js';
import { RingwireError } from '../../memory/index.js';
import { type ChannelArgument, channelNamed, type RootOptions, takesChannel } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { printJson } from '../print.js';
import { Progress } from '../progress.js';
import { type Duration, durationOption, nanosToMillis, sizeOption, u64Option } from '../quantities.js';
import {
  ChunkFramer,
  EMPTY_LINES,
  type EmptyLines,
  FixedFramer,
  FRAMINGS,
  type Framer,
  type Framing,
  LengthPrefixedFramer,
  LineFramer,
} from '../records/framing.js';
import { RecordSink } from '../records/record-sink.js';
import { WriterUpkeep } from '../records/writer-upkeep.js';
import { transferLine } from '../rendering/transfer.js';

const TICKS = {
  nanos: TickUnit.Nanos,
  micros: TickUnit.Micros,
  millis: TickUnit.Millis,
  secs: TickUnit.Secs,
} as const;
const FOREVER = 0xffff_ffff_ffff_ffffn;
const MEBIBYTE = 1024 * 1024;
const LONGEST_POSSIBLE = 0xffff_ffff;

interface WriteOptions extends RootOptions {
  readonly framing: Framing;
  readonly size?: number;
  readonly emptyLines: EmptyLines;
  readonly keepNewlines?: boolean;
  readonly capacity: number;
  readonly maxMessageLength?: number;
  readonly timeout: Duration;
  readonly tick: keyof typeof TICKS;
  readonly profile: 'portable' | 'heartbeat';
  readonly writerId?: bigint;
  readonly heartbeatEvery: Duration;
  readonly flushEvery?: Duration;
  readonly flush?: boolean;
  readonly resume?: boolean;
  readonly json?: boolean;
}

export function registerWrite(program: Command): void {
  const command = program.command('write').description('make records of standard input, in a new channel');
  takesChannel(command)
    .addOption(new Option('--framing <kind>', 'what a record is').choices(FRAMINGS).default('lines'))
    .option('--size <bytes>', 'bytes of a record, with --framing fixed', sizeOption)
    .addOption(
      new Option('--empty-lines <how>', 'with lines: keep (a record of one newline), skip or error')
        .choices(EMPTY_LINES)
        .default('keep'),
    )
    .option('--keep-newlines', 'with lines: the newline is part of the record')
    .addOption(
      new Option('-c, --capacity <size>', 'room for records: 64K, 256M, up to 4095M')
        .argParser(sizeOption)
        .default(32 * MEBIBYTE, '32M'),
    )
    .option(
      '-m, --max-message-length <size>',
      'longest record; default and limit: capacity / 128',
      sizeOption,
    )
    .addOption(
      durationWithDefault('--timeout <duration>', 'silence after which readers call the writer late', 10),
    )
    .addOption(
      new Option('--tick <unit>', 'unit of time in the header').choices(Object.keys(TICKS)).default('nanos'),
    )
    .addOption(
      new Option('--profile <kind>', 'form of the file')
        .choices(['portable', 'heartbeat'])
        .default('portable'),
    )
    .option('--writer-id <id>', 'any number of 64 bits (default: the process id)', u64Option)
    .addOption(durationWithDefault('--heartbeat-every <duration>', 'sign of life in silence, or never', 2))
    .option('--flush-every <duration>', 'put what has come on disk so often', durationOption)
    .option('--flush', 'put every piece of input on disk before taking the next')
    .option('--resume', 'go on in a channel whose writer died')
    .option('--json', 'print what was taken, as JSON')
    .addHelpText('after', HELP)
    .action(write);
}

const HELP = `
Framings:
  lines            a line is a record, without its newline; an empty line is kept as a record of one newline
  length-prefixed  every record has its length (32 bits, little endian) in front
  fixed            records of --size bytes
  chunks           whatever comes is a record at once: any stream, byte for byte with tail --format raw

A text file comes out of 'tail' as it went in; its last line gains a newline if it had none. To keep even that, use
--keep-newlines here and --format raw there.
A channel that is full ends with exit code 3; what was taken is in the channel, and the error says how much it is.`;

async function write(argument: ChannelArgument, options: WriteOptions, command: Command): Promise<void> {
  if ((options.framing === 'fixed') !== (options.size !== undefined)) {
    command.error("error: '--framing fixed' and '--size <bytes>' go together");
  }
  using interruption = new Interruption();
  const { root, id } = channelNamed(argument, options);
  const writer = options.resume ? ShmWriter.resume(root, id) : create(root, id, options);
  const sink = new RecordSink(writer);
  const upkeep = new WriterUpkeep(writer, {
    heartbeatMillis: nanosToMillis(options.heartbeatEvery),
    flushMillis: nanosToMillis(options.flushEvery ?? 'never'),
  });
  let failure: unknown;
  try {
    using _progress = new Progress(() => transferLine(sink), {
      sharesTerminal: process.stdin.isTTY === true,
    });
    const afterChunk = options.flush ? () => writer.flushAsync() : undefined;
    await moveInput(framerFor(sink, options), interruption.signal, afterChunk);
    upkeep.throwIfFailed();
  } catch (error) {
    failure = error;
  } finally {
    await upkeep.end();
    writer.close();
  }
  if (options.json) {
    const { records, payload, taken } = sink;
    const { file } = channelPaths(root, id);
    const complete = failure === undefined && !interruption.signal.aborted;
    printJson({
      channel: id,
      path: file,
      records,
      payload,
      inputTaken: taken,
      heartbeats: upkeep.heartbeats,
      complete,
    });
  }
  if (failure !== undefined) throw withTaken(failure, sink);
  process.exitCode = interruption.exitCode;
}

function create(root: string, channelId: bigint, options: WriteOptions): ShmWriter {
  const tickUnit = TICKS[options.tick];
  return ShmWriter.create(root, {
    channelId,
    writerId: options.writerId ?? process.pid,
    capacity: options.capacity,
    maxMessageLength: options.maxMessageLength ?? LONGEST_POSSIBLE,
    timeout: options.timeout === 'never' ? FOREVER : options.timeout / 10n ** BigInt(9 - tickUnit),
    tickUnit,
    profile: options.profile,
  });
}

function framerFor(sink: RecordSink, options: WriteOptions): Framer {
  switch (options.framing) {
    case 'lines':
      return new LineFramer(sink, {
        keepNewlines: options.keepNewlines ?? false,
        emptyLines: options.emptyLines,
      });
    case 'length-prefixed':
      return new LengthPrefixedFramer(sink);
    case 'fixed':
      return new FixedFramer(sink, options.size ?? 0);
    case 'chunks':
      return new ChunkFramer(sink);
  }
}

/** Takes the input as fast as it comes; a signal ends it between two chunks. */
async function moveInput(
  framer: Framer,
  signal: AbortSignal,
  afterChunk: (() => Promise<void>) | undefined,
): Promise<void> {
  const { stdin } = process;
  const stop = () => stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stdin) {
      framer.take(chunk as Buffer);
      await afterChunk?.();
    }
    framer.end();
  } catch (error) {
    // Destroying the input is how the waiting ends.
    if (!signal.aborted || error instanceof RingwireError) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stdin.destroy();
  }
}

/** The same error; its message says what is safe in the channel, so that nobody has to guess where to go on. */
function withTaken(error: unknown, { records, taken }: RecordSink): unknown {
  if (!(error instanceof RingwireError)) return error;
  const { code, message, name: _name, stack: _stack, cause, ...details } = error;
  const taking = `${message}; ${records} records, the first ${taken} bytes of the input, are in the channel`;
  return new RingwireError(code, taking, { ...details, cause });
}

function durationWithDefault(flags: string, description: string, seconds: number): Option {
  return new Option(flags, description)
    .argParser(durationOption)
    .default(durationOption(`${seconds}s`), `${seconds}s`);
}
