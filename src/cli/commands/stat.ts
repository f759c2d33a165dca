/** `ringwire stat`: everything about one channel. */
import type { Command } from 'commander';
import { observeChannel, scanChannel } from '../../channel/index.js';
import {
  type ChannelArgument,
  channelLabel,
  channelNamed,
  type RootOptions,
  takesChannel,
} from '../channel-argument.js';
import { ExitCode } from '../exit-codes.js';
import { Interruption } from '../interruption.js';
import { printJson, printText } from '../print.js';
import { Progress } from '../progress.js';
import { renderStatus, reportAsJson } from '../rendering/channel-status.js';

interface StatOptions extends RootOptions {
  readonly observe?: boolean;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerStat(program: Command): void {
  const command = program
    .command('stat')
    .description('report everything about a channel: header, records, writer, fill level');
  takesChannel(command)
    .option('--observe', "watch a live channel for its timeout, to see whether its writer is 'late'")
    .option('--json', 'print JSON; numbers of 64 bits are strings')
    .action(stat);
}

async function stat(argument: ChannelArgument, options: StatOptions): Promise<void> {
  // A scan does not yield: without a handler a signal ends it at once.
  using interruption = options.observe ? new Interruption() : null;
  const channel = channelNamed(argument, options);
  const { root, id } = channel;
  using _progress = new Progress(() => `watching channel ${channelLabel(channel)}`);
  const observed = options.observe
    ? observeChannel(root, id, interruption === null ? {} : { signal: interruption.signal })
    : scanChannel(root, id);
  const status = await Promise.resolve(observed).catch((error: unknown) => {
    if (interruption?.signal.aborted) return null;
    throw error;
  });
  process.exitCode = interruption?.exitCode;
  if (status === null) return;
  if (status.error !== null && status.state !== 'damaged') throw status.error;
  if (options.json) printJson({ name: channel.name ?? null, ...reportAsJson(status) });
  else printText(renderStatus(status, channel.name));
  if (status.state === 'damaged') process.exitCode = ExitCode.NotSound;
}
