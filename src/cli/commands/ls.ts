/** `ringwire ls`: the channels below a root, with their states. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { filesOfChannels, listChannelIds, observeChannel, scanChannel } from '../../channel/index.js';
import {
  type ChannelName,
  channelsMatching,
  type RootOptions,
  rootFolder,
  takesRoot,
} from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { type ChannelEntry, entryAsJson, entryOf } from '../listing/channel-entry.js';
import { SORT_KEYS, type SortKey, sortEntries } from '../listing/sort-entries.js';
import { printJson, printNote, printText } from '../print.js';
import { Progress } from '../progress.js';
import { renderChannelTable } from '../rendering/channel-table.js';
import { counted } from '../rendering/quantities.js';

interface LsOptions extends RootOptions {
  readonly state?: readonly string[];
  readonly kind?: string;
  readonly sort: SortKey;
  readonly observe?: boolean;
  readonly json?: boolean;
}

/** States that a listed channel can have. */
const STATES = ['alive', 'late', 'dead', 'closed', 'not-ready', 'damaged', 'unreadable'];

/** Adds the command to the program. */
export function registerLs(program: Command): void {
  const command = program
    .command('ls')
    .description('list the channels below a root folder')
    .argument('[channel...]', "names or ids of channels, or patterns: 'log-*' (default: all)");
  takesRoot(command)
    .option('--state <states>', 'only channels in these states: closed,dead', statesOption)
    .addOption(new Option('--kind <kind>', 'only channels of this kind').choices(['log', 'ring', 'journal']))
    .addOption(new Option('--sort <key>', 'order of the channels').choices(SORT_KEYS).default('id'))
    .option('--observe', "watch live channels for their timeouts, to see which writer is 'late'")
    .option('--json', 'print JSON; numbers of 64 bits are strings')
    .addHelpText('after', HELP)
    .action(ls);
}

const HELP = `
States: alive (a process writes), late (it lives, but was silent for the
timeout of the channel; needs --observe), dead (its writer died), closed,
not-ready (being created, or its creator died: see unlock), damaged,
unreadable. Size: the space that the files occupy. Age: since the creation.
Readers: those with a slot of a ring, or the cursors of a journal.`;

async function ls(patterns: readonly string[], options: LsOptions): Promise<void> {
  // Scans do not yield: without a handler a signal ends them at once.
  using interruption = options.observe ? new Interruption() : null;
  const signal = interruption?.signal;
  const root = rootFolder(options);
  // The first channel creates the default root; any other root must exist.
  if (options.root !== undefined) listChannelIds(root);
  const channels = channelsMatching(patterns.length === 0 ? ['*'] : patterns, options);
  const files = existsSync(root) ? filesOfChannels(root) : new Map();
  const entries: ChannelEntry[] = [];
  using progress = new Progress(() => `${entries.length} of ${counted(channels.length, 'channel')} read`);
  const read = async (channel: ChannelName) => {
    const scan = options.observe
      ? await observeChannel(channel.root, channel.id, { signal: signal as AbortSignal })
      : scanChannel(channel.root, channel.id);
    // The channel may have been removed meanwhile.
    if (scan.state !== 'missing') entries.push(entryOf(channel, scan, files.get(channel.id)));
    progress.refresh();
  };
  try {
    await Promise.all(channels.map(read));
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
  const shown = sortEntries(
    entries.filter((entry) => isAsked(entry, options)),
    options.sort,
  );
  if (options.json) printJson(shown.map(entryAsJson));
  else if (shown.length > 0) printText(renderChannelTable(shown));
  else printNote(`no ${entries.length === 0 ? '' : 'such '}channels below ${root}`);
  process.exitCode = interruption?.exitCode;
}

function statesOption(text: string): readonly string[] {
  const states = text.split(',');
  if (states.every((state) => STATES.includes(state))) return states;
  throw new InvalidArgumentError(`It must be states with commas between them: ${STATES.join(', ')}.`);
}

function isAsked({ scan }: ChannelEntry, { state, kind }: LsOptions): boolean {
  return (state === undefined || state.includes(scan.state)) && (kind === undefined || scan.kind === kind);
}
