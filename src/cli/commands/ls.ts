/** `ringwire ls`: all channels below a root, with their states. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import {
  type ChannelScan,
  listChannelIds,
  listJournalIds,
  observeChannel,
  scanChannel,
} from '../../channel/index.js';
import { type RootOptions, rootFolder, takesRoot } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { printJson, printNote, printText } from '../print.js';
import { Progress } from '../progress.js';
import { renderStatusTable, reportAsJson } from '../rendering/channel-status.js';
import { counted } from '../rendering/quantities.js';

interface LsOptions extends RootOptions {
  readonly observe?: boolean;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerLs(program: Command): void {
  takesRoot(program.command('ls').description('list all channels below a root folder'))
    .option('--observe', "watch live channels for their timeouts, to see which writer is 'late'")
    .option('--json', 'print JSON; numbers of 64 bits are strings')
    .addHelpText('after', HELP)
    .action(ls);
}

const HELP = `
States: alive (a process writes), late (it lives, but was silent for the
timeout of the channel; needs --observe), dead (its writer died), closed,
not-ready (being created, or its creator died: see unlock), damaged,
unreadable.`;

async function ls(options: LsOptions): Promise<void> {
  // Scans do not yield: without a handler a signal ends them at once.
  using interruption = options.observe ? new Interruption() : null;
  const signal = interruption?.signal;
  const root = rootFolder(options);
  // The first channel creates the default root.
  const ids =
    options.root === undefined && !existsSync(root) ? [] : [...listChannelIds(root), ...listJournalIds(root)];
  const statuses: ChannelScan[] = [];
  using progress = new Progress(() => `${statuses.length} of ${counted(ids.length, 'channel')} read`);
  const read = async (id: bigint) => {
    const status = options.observe
      ? await observeChannel(root, id, { signal: signal as AbortSignal })
      : scanChannel(root, id);
    // The channel may have been removed meanwhile.
    if (status.state !== 'missing') statuses.push(status);
    progress.refresh();
  };
  try {
    await Promise.all(ids.map(read));
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  statuses.sort((a, b) => (a.channelId < b.channelId ? -1 : 1));
  if (options.json) printJson(statuses.map(reportAsJson));
  else if (statuses.length > 0) printText(renderStatusTable(statuses));
  else printNote(`no channels below ${root}`);
  process.exitCode = interruption?.exitCode;
}
