/** Removes channels one after the other, and reports each. */
import { describeUser, type RemovedChannel, removeChannel } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';
import { type ChannelName, channelFields, channelLabel } from '../channel-argument.js';
import { type ExitCode, exitCodeFor } from '../exit-codes.js';
import { printNote } from '../print.js';
import { counted, size } from '../rendering/quantities.js';
import { errorAsJson } from '../report-error.js';

/** What came of the removal of one channel. */
export type Removal =
  | { readonly channel: ChannelName; readonly removed: RemovedChannel }
  | { readonly channel: ChannelName; readonly error: RingwireError };

/** Removes each channel. A refused one does not stop the others. */
export function removeAll(channels: readonly ChannelName[], force: boolean): Removal[] {
  return channels.map((channel) => {
    try {
      return { channel, removed: removeChannel(channel.root, channel.id, { force }) };
    } catch (error) {
      if (!(error instanceof RingwireError)) throw error;
      return { channel, error };
    }
  });
}

/** The first refusal, or undefined. */
export function firstError(removals: readonly Removal[]): RingwireError | undefined {
  return removals.flatMap((removal) => ('error' in removal ? [removal.error] : []))[0];
}

/** The exit code of all removals: that of the first refusal. */
export function exitCodeOf(removals: readonly Removal[]): ExitCode | 0 {
  const error = firstError(removals);
  return error === undefined ? 0 : exitCodeFor(error);
}

/** The removals as a value for the JSON printer. */
export function removalsAsJson(removals: readonly Removal[]): object {
  return {
    removed: removals.flatMap((removal) => {
      if (!('removed' in removal)) return [];
      const { bytes, broken } = removal.removed;
      return [{ ...channelFields(removal.channel), bytes, broken }];
    }),
    refused: removals.flatMap((removal) =>
      'error' in removal ? [{ ...channelFields(removal.channel), error: errorAsJson(removal.error) }] : [],
    ),
    bytes: freedBytes(removals),
  };
}

/** A line for each removed channel, and one for all if there are several. */
export function renderRemovals(removals: readonly Removal[]): string {
  const removed = removals.flatMap((removal) => ('removed' in removal ? [removal] : []));
  const lines = removed.map(
    ({ channel, removed: { bytes } }) => `removed ${channelLabel(channel)}, ${size(bytes)}\n`,
  );
  if (removed.length > 1)
    lines.push(`${counted(removed.length, 'channel')}, ${size(freedBytes(removals))} freed\n`);
  return lines.join('');
}

/** Notes what a forced removal broke. */
export function noteBroken(removals: readonly Removal[]): void {
  for (const removal of removals) {
    if (!('removed' in removal)) continue;
    for (const user of removal.removed.broken) {
      const effect = EFFECTS[user.role];
      printNote(`removed ${channelLabel(removal.channel)} from under ${describeUser(user)}: ${effect}`);
    }
  }
}

const EFFECTS = {
  creator: 'its creation fails, or leaves a channel without a name',
  writer: 'what it writes from now on is lost',
  reader: 'it receives no record of a later writer',
  cursor: 'it receives no record of a later writer, and its position is lost',
} as const;

function freedBytes(removals: readonly Removal[]): number {
  return removals.reduce((sum, removal) => sum + ('removed' in removal ? removal.removed.bytes : 0), 0);
}
