/** `ringwire prune`: removes the channels that no process writes any more. */

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { type ChannelFiles, filesOfChannels, scanChannel } from '../../channel/index.js';
import {
  channelFields,
  channelLabel,
  channelsMatching,
  type RootOptions,
  rootFolder,
  takesRoot,
} from '../channel-argument.js';
import { type ChannelEntry, entryOf } from '../listing/channel-entry.js';
import { exitCodeOf, removalsAsJson, removeAll, renderRemovals } from '../listing/removals.js';
import { printError, printJson, printNote, printText } from '../print.js';
import { type Duration, durationOption, nanosToMillis } from '../quantities.js';
import { age, counted, size } from '../rendering/quantities.js';
import { renderColumns } from '../rendering/table.js';

interface PruneOptions extends RootOptions {
  readonly closed?: boolean;
  readonly dead?: boolean;
  readonly olderThan?: Duration;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerPrune(program: Command): void {
  const command = program
    .command('prune')
    .description('remove the channels that no process writes any more')
    .argument('[channel...]', "only these: names, ids, or patterns: 'log-*' (default: all)");
  takesRoot(command)
    .option('--closed', 'channels that their writers closed')
    .option('--dead', 'channels whose writers died or detached, with all records in them')
    .option(
      '--older-than <duration>',
      'only channels that were created and last changed longer ago: 12h, 1d (default: all)',
      durationOption,
    )
    .option('--dry-run', 'only report what would be removed and freed')
    .option('--json', 'print what was removed, refused and freed as JSON')
    .addHelpText('after', HELP)
    .action(prune);
}

const HELP = `
Needs --closed, --dead or both. Never removes a channel while its writer, a
reader with a slot or a cursor lives: such a channel is reported and kept, exit
code 5. A writer marks the time when it closes or detaches. A ring whose writer
was killed may have been written after its last known change.`;

function prune(patterns: readonly string[], options: PruneOptions, command: Command): void {
  if (!options.closed && !options.dead) command.error("error: prune needs '--closed', '--dead' or both");
  const root = rootFolder(options);
  const found = selected(patterns, options);
  if (options.dryRun) {
    reportDryRun(found, options);
    return;
  }
  const removals = removeAll(
    found.map(({ channel }) => channel),
    false,
  );
  if (options.json) printJson(removalsAsJson(removals));
  else {
    printText(renderRemovals(removals));
    for (const removal of removals) {
      if ('error' in removal) printError(`ringwire: ${removal.error.code}: ${removal.error.message}`);
    }
    if (removals.length === 0) printNote(`nothing to remove below ${root}`);
  }
  process.exitCode = exitCodeOf(removals);
}

function selected(patterns: readonly string[], options: PruneOptions): ChannelEntry[] {
  const channels = channelsMatching(patterns.length === 0 ? ['*'] : patterns, options);
  const oldest = olderThanMillis(options);
  const files = new Map<string, Map<bigint, ChannelFiles>>();
  return channels.flatMap((channel) => {
    const { root, id } = channel;
    if (!existsSync(root)) return [];
    const below = files.get(root) ?? filesOfChannels(root);
    files.set(root, below);
    const entry = entryOf(channel, scanChannel(root, id), below.get(id));
    const { state } = entry.scan;
    if (!((state === 'closed' && options.closed) || (state === 'dead' && options.dead))) return [];
    const sinceChange = Date.now() - (below.get(id)?.changedMs ?? 0);
    return Math.min(entry.ageMs ?? Number.POSITIVE_INFINITY, sinceChange) >= oldest ? [entry] : [];
  });
}

function olderThanMillis({ olderThan }: PruneOptions): number {
  if (olderThan === undefined) return 0;
  return nanosToMillis(olderThan) ?? Number.POSITIVE_INFINITY;
}

function reportDryRun(found: readonly ChannelEntry[], { json }: PruneOptions): void {
  const bytes = found.reduce((sum, entry) => sum + entry.bytes, 0);
  if (json) {
    const wouldRemove = found.map(({ channel, scan, bytes: own, ageMs }) => ({
      ...channelFields(channel),
      state: scan.state,
      bytes: own,
      ageMs,
    }));
    printJson({ dryRun: true, wouldRemove, bytes });
    return;
  }
  if (found.length > 0) {
    const rows = found.map(({ channel, scan, bytes: own, ageMs }) => [
      channelLabel(channel),
      scan.state,
      size(own),
      ageMs === null ? '' : age(ageMs),
    ]);
    printText(`${renderColumns(['channel', 'state', 'size', 'age'], rows, [2, 3])}\n`);
  }
  printText(`would remove ${counted(found.length, 'channel')}, and free ${size(bytes)}\n`);
}
