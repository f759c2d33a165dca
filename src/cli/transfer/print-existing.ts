/** Prints the records that channels contain now, one channel after the other; `cat` and `tail --no-follow`. */
import { setImmediate as turn } from 'node:timers/promises';
import { channelStatus, type Loss, openReader, type Reader } from '../../channel/index.js';
import { type ChannelName, channelLabel, type RootOptions } from '../channel-argument.js';
import type { ChannelFailures } from './channel-failures.js';
import { channelsNamed } from './channels-named.js';
import type { RecordPrinting } from './printing/record-printing.js';
import type { RecordStream } from './printing/record-stream.js';
import { noteLoss } from './report-loss.js';
import { beginWith, type StartOptions } from './start-options.js';

/** Attempts to read from a ring whose writer laps this reader repeatedly. */
const MOST_TRIES = 100;

/** How the channels of one command are printed. */
export interface ExistingOptions {
  readonly printing: RecordPrinting;
  /** The errors of the channels among several; null for a single channel, whose error is thrown. */
  readonly failures: ChannelFailures | null;
  /** Records to start at if no option says otherwise; undefined for all. */
  readonly last?: number;
  /** Ends the printing immediately. */
  readonly signal: AbortSignal;
}

/**
 * Prints the records of all channels that the patterns name.
 * @throws RingwireError `STORAGE_NOT_FOUND` if no channel matches; the error of a single channel
 */
export async function printExisting(
  patterns: readonly string[],
  options: RootOptions & StartOptions,
  printed: ExistingOptions,
): Promise<void> {
  const { printing, failures, signal } = printed;
  for (const channel of channelsNamed(patterns, options)) {
    if (signal.aborted || printing.isDone) return;
    try {
      await printChannel(channel, options, printed);
    } catch (error) {
      if (failures === null) throw error;
      failures.report(error, { root: channel.root, key: channel.id });
    }
  }
}

async function printChannel(
  channel: ChannelName,
  options: StartOptions,
  { printing, failures, last, signal }: ExistingOptions,
): Promise<void> {
  const { root, id } = channel;
  let isMoving = true;
  const label = failures === null ? null : channelLabel(channel);
  const onLoss = (loss: Loss) => {
    // The search for the first record may be lapped: these records are not lost to the output.
    if (!isMoving) noteLoss(loss, label);
  };
  using reader = openReader(root, id, { timeout: 'never', observe: true, onLoss });
  const end = channelStatus(root, id).position ?? reader.position + reader.header.capacity;
  await beginWith(reader, options, { last, test: printing.test, signal });
  isMoving = false;
  await printTo(end, reader, printing.streamOf(reader, channel), signal);
}

/**
 * Prints the records before a position, and some of those that are written meanwhile, but does not follow the writer. A
 * ring that contains only control marks is recognized one lap later.
 */
async function printTo(
  end: number,
  reader: Reader,
  stream: RecordStream,
  signal: AbortSignal,
): Promise<void> {
  const most = end + reader.header.capacity;
  let at = -1;
  let found = 0;
  let tries = 0;
  const isAtEnd = () => reader.position === at || reader.position > (found > 0 ? end : most);
  // A writer that laps this reader before its first record requires another attempt.
  const isUnlucky = () => stream.taken === 0 && reader.position !== at && ++tries < MOST_TRIES;
  while (!signal.aborted && !stream.isDone && (!isAtEnd() || isUnlucky())) {
    at = reader.position;
    found = await stream.pump();
    await turn();
  }
}
