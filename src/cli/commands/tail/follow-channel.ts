/** Follows one channel. */
import type { Loss } from '../../../channel/index.js';
import { type ChannelAddress, channelLabel, resolveChannel } from '../../channel-argument.js';
import { printNote } from '../../print.js';
import { follow } from '../../transfer/following.js';
import { type OpeningOptions, openWaiting } from '../../transfer/opening.js';
import type { RecordPrinting } from '../../transfer/printing/record-printing.js';
import { noteLoss } from '../../transfer/report-loss.js';
import { beginWith, type StartOptions } from '../../transfer/start-options.js';
import type { Turns } from './turns.js';

/** What the channels of one command share. */
export interface Following {
  readonly printing: RecordPrinting;
  /** Records to start at if no option says otherwise. */
  readonly last: number | undefined;
  /** The channels print in turn. */
  readonly turns: Turns;
  readonly signal: AbortSignal;
  /** Whether notes name the channel. */
  readonly isMarked: boolean;
}

/**
 * Prints the records of a channel until its end, the signal, or the requested number of records.
 * @throws RingwireError as opening, moving and reading do; `TIMEOUT` when the writer is given up
 */
export async function followChannel(
  address: ChannelAddress,
  options: OpeningOptions,
  start: StartOptions,
  { printing, last, turns, signal, isMarked }: Following,
): Promise<void> {
  let isMoving = true;
  let label: string | null = null;
  const onLoss = (loss: Loss) => {
    // The search for the first record may be lapped: these records are not lost to the output.
    if (!isMoving) noteLoss(loss, label);
  };
  using reader = await openWaiting(address, options, { onLoss, name: 'ringwire tail' }, signal);
  const channel = resolveChannel(address);
  if (isMarked) label = channelLabel(channel);
  await beginWith(reader, start, { last, test: printing.test, signal });
  isMoving = false;
  const stream = printing.streamOf(reader, channel);
  const note = (text: string) => printNote(label === null ? text : `${label}: ${text}`);
  await follow(reader, {
    pump: () => turns.run(() => stream.pump()),
    giveUp: options.giveUp,
    signal,
    isDone: () => stream.isDone,
    note,
  });
  if (isMarked && reader.endReason?.code === 'CLOSED' && !signal.aborted && !stream.isDone)
    note('the writer closed the channel');
}
