/** `ringwire write`: writes standard input as records into a channel. */
import { type Command, Option } from 'commander';
import { RingWriter } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import {
  type ChannelArgument,
  channelAddress,
  channelFields,
  type RootOptions,
  resolveChannel,
  takesChannel,
} from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { printJson } from '../print.js';
import { Progress } from '../progress.js';
import { type Duration, durationOption, nanosToMillis, sizeBetween } from '../quantities.js';
import { transferLine } from '../rendering/transfer.js';
import { EMPTY_LINES, FRAMINGS, type FramingOptions, framerFor } from '../transfer/framing.js';
import { moveInput } from '../transfer/move-input.js';
import { openWriter, release } from '../transfer/new-channel.js';
import {
  durationWithDefault,
  type NewChannelOptions,
  takesNewChannel,
} from '../transfer/new-channel-options.js';
import { RecordSink } from '../transfer/record-sink.js';
import { WriterUpkeep } from '../transfer/writer-upkeep.js';

interface WriteOptions extends RootOptions, NewChannelOptions, FramingOptions {
  readonly heartbeatEvery: Duration;
  readonly flushEvery?: Duration;
  readonly flush?: boolean;
  readonly close?: boolean;
  readonly json?: boolean;
}

/** No channel takes a longer record. */
const LONGEST_RECORD = 2 ** 31 - 1;

/** Adds the command to the program. */
export function registerWrite(program: Command): void {
  const command = program.command('write').description('write standard input as records into a channel');
  takesNewChannel(takesChannel(command))
    .addOption(
      new Option('--framing <kind>', 'how the input is split into records')
        .choices(FRAMINGS)
        .default('lines'),
    )
    .option('--size <bytes>', 'record length, with --framing fixed', sizeBetween(1, LONGEST_RECORD))
    .addOption(
      new Option('--empty-lines <how>', 'with lines: keep an empty line as one newline, skip it, or fail')
        .choices(EMPTY_LINES)
        .default('keep'),
    )
    .option('--keep-newlines', 'with lines: the newline is part of the record')
    .addOption(durationWithDefault('--heartbeat-every <duration>', 'silence before a heartbeat, or never', 2))
    .option('--flush-every <duration>', 'flush interval (default: flush at the end)', durationOption)
    .option('--flush', 'flush each piece of input before taking the next')
    .option('--close', 'close a ring after the input, so that its readers finish')
    .option('--json', 'print a summary as JSON')
    .addHelpText('after', HELP)
    .action(write);
}

const HELP = `
Framings:
  lines            one record per line, without the newline
  length-prefixed  a length (32 bits, little endian), then the record
  fixed            records of --size bytes
  chunks           each chunk of input is a record: any stream, byte for byte
                   with tail --format raw

'tail' prints a text file unchanged, except that a last line without a newline
gains one. To keep even that, use --keep-newlines here and --format raw there.
With a name that no channel has, 'write' creates a channel with this name; it
gets the lowest free id. A ring never fills up: it overwrites its oldest
records, or waits for its readers. It stays open after the input, and the next
'write --ring' resumes it; --close ends it. A full channel causes exit code 3;
the error reports how much of the input it contains.`;

async function write(argument: ChannelArgument, options: WriteOptions, command: Command): Promise<void> {
  if ((options.framing === 'fixed') !== (options.size !== undefined)) {
    command.error("error: '--framing fixed' and '--size <bytes>' need each other");
  }
  using interruption = new Interruption();
  const address = channelAddress(argument, options);
  const writer = openWriter(address, options, command);
  const sink = new RecordSink(writer);
  const upkeep = new WriterUpkeep(writer, {
    heartbeatMillis: nanosToMillis(options.heartbeatEvery),
    flushMillis: nanosToMillis(options.flushEvery ?? 'never'),
  });
  let failure: unknown;
  let position = 0;
  try {
    using _progress = new Progress(() => transferLine(sink), {
      sharesTerminal: process.stdin.isTTY === true,
    });
    const afterChunk = options.flush ? () => writer.flushAsync() : undefined;
    await moveInput(framerFor(sink, options), writer, interruption.signal, afterChunk);
    upkeep.throwIfFailed();
  } catch (error) {
    failure = error;
  } finally {
    await upkeep.end();
    position = writer.writeOffset;
    release(writer, options.close ?? false);
  }
  if (options.json) {
    const { records, payload, taken } = sink;
    printJson({
      ...channelFields(resolveChannel(address)),
      path: writer.path,
      records,
      payload,
      inputTaken: taken,
      heartbeats: upkeep.heartbeats,
      position,
      ...(writer instanceof RingWriter ? { epoch: writer.epoch } : {}),
      complete: failure === undefined && !interruption.signal.aborted,
    });
  }
  if (failure !== undefined) throw withTaken(failure, sink);
  process.exitCode = interruption.exitCode;
}

/** The same error; its message also says which part of the input is in the channel, so that the rest can be written. */
function withTaken(error: unknown, { records, taken }: RecordSink): unknown {
  if (!(error instanceof RingwireError)) return error;
  const { code, message, name: _name, stack: _stack, cause, ...details } = error;
  const taking = `${message}; ${records} records, the first ${taken} bytes of the input, are in the channel`;
  return new RingwireError(code, taking, { ...details, cause });
}
