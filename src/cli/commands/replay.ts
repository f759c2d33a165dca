/** `ringwire replay`: writes a recording into a channel at the recorded pace. */
import { type Command, InvalidArgumentError } from 'commander';
import { ticksToMillis, writeAsync } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { Pace, RecordingReader } from '../../recording/index.js';
import {
  type ChannelArgument,
  channelAddress,
  channelFields,
  channelLabel,
  type RootOptions,
  resolveChannel,
  takesChannel,
} from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { printJson, printNote, printText } from '../print.js';
import { Progress } from '../progress.js';
import { renderReplayed } from '../rendering/recording.js';
import { transferLine } from '../rendering/transfer.js';
import { type ChannelWriter, openWriter, release } from '../transfer/new-channel.js';
import { type NewChannelOptions, optionsLike, takesNewChannel } from '../transfer/new-channel-options.js';
import { WriterUpkeep } from '../transfer/writer-upkeep.js';

interface ReplayOptions extends RootOptions, NewChannelOptions {
  readonly speed: number;
  readonly close?: boolean;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerReplay(program: Command): void {
  const command = program
    .command('replay')
    .description('write a recording into a channel at the recorded pace')
    .argument('<file>', 'a recording, or - for standard input');
  takesNewChannel(takesChannel(command))
    .option(
      '--speed <factor>',
      'multiple of the recorded pace, such as 2 or 0.5, or max for no pauses',
      speedOption,
      1,
    )
    .option('--close', 'close a ring after the recording (default: if the recorded one was closed)')
    .option('--json', 'print a summary as JSON')
    .addHelpText('after', HELP)
    .action(replay);
}

const HELP = `
The channel is created like the recorded one; options of the command line have
priority, the defaults above do not apply. An existing ring is resumed. The
recording of a killed recorder is replayed up to its last record, a damaged one
up to the damage, with exit code 1.`;

/** Longest interval between two heartbeats. */
const LONGEST_SILENCE_MILLIS = 60_000;

interface Moved {
  records: number;
  payload: number;
  laps: number;
}

async function replay(
  path: string,
  argument: ChannelArgument,
  options: ReplayOptions,
  command: Command,
): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const address = channelAddress(argument, options);
  using recording = await RecordingReader.open(path);
  const writer = openWriter(address, optionsLike(recording.header, options, command), command);
  const upkeep = new WriterUpkeep(writer, {
    heartbeatMillis: heartbeatMillis(writer),
    flushMillis: undefined,
  });
  const moved = { records: 0, payload: 0, laps: 0 };
  const began = performance.now();
  try {
    using _progress = new Progress(() => transferLine(moved));
    await move(recording, writer, moved, new Pace(options.speed, signal), signal);
  } finally {
    await upkeep.end();
    release(writer, options.close ?? recording.end?.end === 'closed');
  }
  const seconds = (performance.now() - began) / 1000;
  const end = recording.end?.end ?? null;
  const channel = resolveChannel(address);
  const told = { file: path, ...moved, lost: recording.lost, seconds, end };
  const complete = !signal.aborted;
  if (options.json) printJson({ ...channelFields(channel), ...told, complete });
  else
    printText(
      renderReplayed({ channel: channelLabel(channel), ...told, end: complete ? end : 'interrupted' }),
    );
  if (complete && end === null)
    printNote(`${path} has no end, because its recorder was killed; its records were replayed`);
  process.exitCode = interruption.exitCode;
}

async function move(
  recording: RecordingReader,
  writer: ChannelWriter,
  moved: Moved,
  pace: Pace,
  signal: AbortSignal,
): Promise<void> {
  let entry = await recording.next();
  while (entry !== null) {
    if (!pace.isDue(entry.nanos)) await pace.until(entry.nanos);
    if (signal.aborted) return;
    if (entry.kind === 'record') {
      if (!(await put(writer, entry.body, signal))) return;
      moved.records++;
      moved.payload += entry.body.length;
    } else moved.laps++;
    entry = recording.nextHere() ?? (await recording.next());
  }
}

/** Writes a record exactly once. @returns false when the signal aborted first: nothing was written then */
export async function put(writer: ChannelWriter, body: Buffer, signal: AbortSignal): Promise<boolean> {
  // Most records find space at once. Each path writes the record at most once.
  if (writer.tryWrite(body) > 0) return true;
  try {
    await writeAsync(writer, body, { signal });
    return true;
  } catch (error) {
    if (signal.aborted && !(error instanceof RingwireError)) return false;
    throw error;
  }
}

/** A third of the timeout, so that the writer is not late, and at most a minute. */
function heartbeatMillis({ header }: ChannelWriter): number | undefined {
  const millis = ticksToMillis(header.timeout, header.tickUnit);
  return millis === Number.POSITIVE_INFINITY
    ? undefined
    : Math.min(Math.max(1, millis / 3), LONGEST_SILENCE_MILLIS);
}

function speedOption(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && speed > 0) return speed;
  throw new InvalidArgumentError('It must be a number above 0, or max.');
}
