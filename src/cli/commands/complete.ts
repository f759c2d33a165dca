/** `ringwire complete`: the names that completion scripts cannot know. It is hidden from the help. */
import { Argument, Command } from 'commander';
import { shellValue } from '../completion/shell-value.js';
import { LIVE_KINDS, type LiveKind } from '../completion/words.js';
import { printText } from '../print.js';
import type { DirectoryOptions } from './aeron/options.js';

/** A name, and what the shell shows beside it. */
interface Candidate {
  readonly name: string;
  readonly meaning: string;
}

/** Names that a shell takes as they are. Others are not offered: they may come from other users. */
const PLAIN = /^[\w@%+=:,./-]+$/;

const CANDIDATES: Readonly<Record<LiveKind, (words: readonly string[]) => Promise<Candidate[]>>> = {
  channels,
  processes,
  streams,
};

/** Adds the command to the program. */
export function registerComplete(program: Command): void {
  program
    .command('complete', { hidden: true })
    .description('print what completion scripts offer: names of channels, processes or streams')
    .addArgument(new Argument('<kind>', 'what to print').choices(LIVE_KINDS))
    .argument('[words...]', 'the command line so far')
    .action(async (kind: LiveKind, words: readonly string[]) => {
      const candidates = await CANDIDATES[kind](words.map(shellValue));
      const lines = candidates
        .filter(({ name }) => PLAIN.test(name))
        .map(({ name, meaning }) => `${name}\t${meaning}\n`);
      // After a channel's names, the directive of @bomb.sh/tab allows names of files: a path also names a channel.
      printText(`${lines.join('')}:${kind === 'channels' ? 0 : 4}\n`);
    });
}

async function channels(words: readonly string[]): Promise<Candidate[]> {
  const { listChannelIds, listChannelNames, listJournalIds } = await import('../../channel/index.js');
  const { rootFolder, takesRoot } = await import('../channel-argument.js');
  const root = rootFolder(optionsIn(takesRoot(new Command()), words));
  const kinds = { channel: listChannelIds(root), journal: listJournalIds(root) };
  const names = new Map(listChannelNames(root).map(({ id, name }) => [id, name]));
  return Object.entries(kinds).flatMap(([meaning, ids]) =>
    ids.flatMap((id) => {
      const name = names.get(id);
      const byId = { name: String(id), meaning: name ?? meaning };
      return name === undefined ? [byId] : [{ name, meaning: `${meaning} ${id}` }, byId];
    }),
  );
}

async function processes(words: readonly string[]): Promise<Candidate[]> {
  const { talksToManager, withManager } = await import('./ctl/ctl-action.js');
  const { printable } = await import('../rendering/printable.js');
  const found: Candidate[] = [];
  await withManager(optionsIn(talksToManager(new Command()), words), async (client) => {
    for (const { id, state } of await client.list())
      found.push({ name: id, meaning: printable(String(state)) });
  });
  return found;
}

async function streams(words: readonly string[]): Promise<Candidate[]> {
  const { CncFile, readStreamPositions } = await import('../../aeron/index.js');
  const { takesDirectory } = await import('./aeron/options.js');
  const { printable } = await import('../rendering/printable.js');
  const options = optionsIn<DirectoryOptions>(takesDirectory(new Command()), words);
  using file = CncFile.open(options.directory, options);
  const channels = new Map(readStreamPositions(file.counters).map((p) => [String(p.streamId), p.channel]));
  return [...channels].map(([name, channel]) => ({ name, meaning: printable(channel) }));
}

/** The options that a command takes from words that hold others also. */
function optionsIn<T extends object>(command: Command, words: readonly string[]): T {
  command.exitOverride().allowUnknownOption().allowExcessArguments().helpOption(false);
  // The last word is the one to complete.
  return command
    .action(() => {})
    .parse(words.slice(0, -1), { from: 'user' })
    .opts<T>();
}
