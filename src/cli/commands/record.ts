/** `ringwire record`: writes the records of a channel into a file, with the time of each. */
import type { Command } from 'commander';
import { JournalReader, type Loss, type Reader } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import {
  createRecordingFile,
  type RecordingEnd,
  RecordingWriter,
  STANDARD_STREAM,
} from '../../recording/index.js';
import {
  type ChannelArgument,
  type ChannelName,
  channelAddress,
  channelFields,
  channelLabel,
  type RootOptions,
  resolveChannel,
  takesChannel,
} from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { printJson, printText } from '../print.js';
import { Progress } from '../progress.js';
import { nanosToMillis } from '../quantities.js';
import { recordingLine, renderRecorded } from '../rendering/recording.js';
import { follow, takesGiveUp } from '../transfer/following.js';
import { type LimitOptions, takesLimits } from '../transfer/limits.js';
import {
  beginAt,
  type FromOption,
  type OpeningOptions,
  openWaiting,
  takesFrom,
  takesWaiting,
} from '../transfer/opening.js';

interface RecordOptions extends RootOptions, OpeningOptions, FromOption, LimitOptions {
  readonly hold?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Records of one poll, which get one time; bytes and milliseconds after which the file is written. */
const LOOK = 256;
const WRITE_AT = 256 * 1024;
const TURN_MILLIS = 5;

/** Adds the command to the program. */
export function registerRecord(program: Command): void {
  const command = program
    .command('record')
    .description('write the records of a channel into a file, with their times');
  takesChannel(command).argument('<file>', 'new file, or - for standard output');
  takesLimits(takesFrom(takesGiveUp(takesWaiting(command))))
    .option('--hold', 'register with a ring with back pressure, so that its writer waits')
    .option('--force', 'replace an existing file')
    .option('--json', 'print a summary as JSON')
    .addHelpText('after', HELP)
    .action(record);
}

const HELP = `
'ringwire replay' writes the file back into a channel at the recorded pace.
Records that exist at the beginning get the time of the beginning. Records of a
ring that were overwritten before they could be recorded are marked as lost.
The file of a killed recorder can be replayed up to its last record.`;

async function record(
  argument: ChannelArgument,
  path: string,
  options: RecordOptions,
  command: Command,
): Promise<void> {
  if (path === STANDARD_STREAM && options.json) command.error("error: '--json' needs a file");
  using interruption = new Interruption();
  if (path === STANDARD_STREAM) interruption.endWithOutput();
  const { signal } = interruption;
  const address = channelAddress(argument, options);
  let recording: RecordingWriter | undefined;
  const onLoss = (lap: Loss) => recording?.loss(lap);
  try {
    const reading = { name: 'ringwire record', onLoss, observe: !options.hold };
    using reader = await openWaiting(address, options, reading, signal);
    await beginAt(reader, options.from, signal);
    const file = await createRecordingFile(path, options.force ?? false);
    recording = new RecordingWriter(file, reader.header, reader instanceof JournalReader);
    const { end, failure } = await recorded(reader, recording, options, signal).catch(async (error) => {
      await file.abandon();
      throw error;
    });
    tell(resolveChannel(address), path, recording, end, options);
    if (failure !== undefined) throw failure;
  } catch (error) {
    // The signal may end the wait for the channel.
    if (!signal.aborted || recording !== undefined) throw error;
  }
  process.exitCode = interruption.exitCode;
}

/** Records to the end, and writes the end marker. @throws RingwireError as writing the file does */
async function recorded(
  reader: Reader,
  recording: RecordingWriter,
  options: RecordOptions,
  signal: AbortSignal,
): Promise<{ end: RecordingEnd; failure?: RingwireError }> {
  const atMost = options.limit ?? Number.POSITIVE_INFINITY;
  const progress = new Progress(() => recordingLine(recording), {
    sharesTerminal: false,
  });
  let end: RecordingEnd = 'stopped';
  let failure: RingwireError | undefined;
  try {
    await recording.flush();
    await follow(reader, {
      pump: () => pump(reader, recording, atMost),
      giveUp: options.giveUp,
      signal,
      isDone: () => recording.records >= atMost,
      forMillis: nanosToMillis(options.duration),
    });
    if (!signal.aborted && reader.endReason?.code === 'CLOSED') end = 'closed';
  } catch (error) {
    if (!(error instanceof RingwireError) || error !== reader.endReason) throw error;
    end = error.code === 'TIMEOUT' ? 'writer gone' : 'channel damaged';
    failure = error;
  } finally {
    progress.stop();
  }
  await recording.end(end);
  return failure === undefined ? { end } : { end, failure };
}

async function pump(reader: Reader, recording: RecordingWriter, atMost: number): Promise<number> {
  const take = (buffer: Buffer, offset: number, length: number) => recording.record(buffer, offset, length);
  const until = performance.now() + TURN_MILLIS;
  let all = 0;
  try {
    for (let found = -1; found !== 0; all += found) {
      const now = performance.now();
      if (recording.pending >= WRITE_AT || now >= until || recording.records >= atMost) break;
      recording.setTime(now);
      found = reader.poll(take, Math.min(LOOK, atMost - recording.records));
    }
  } finally {
    await recording.flush();
  }
  return all;
}

function tell(
  channel: ChannelName,
  path: string,
  recording: RecordingWriter,
  end: RecordingEnd,
  { json }: RecordOptions,
): void {
  const { records, payload, lost, laps, seconds } = recording;
  const told = { file: path, records, payload, lost, laps, seconds, end };
  if (json) printJson({ ...channelFields(channel), ...told });
  else if (path !== STANDARD_STREAM) printText(renderRecorded({ channel: channelLabel(channel), ...told }));
}
