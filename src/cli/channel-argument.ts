/** The channels of a command: a root folder and ids, names or patterns of names, or the paths of channel files. */
import { existsSync, lstatSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ChannelIdentity,
  channelIdOf,
  channelNameOf,
  isChannelName,
  listChannelIds,
  listChannelNames,
  listJournalIds,
} from '../channel/index.js';
import { folderFault, RingwireError, setting } from '../platform/index.js';
import { isGlob, matchesGlob } from './channel-glob.js';
import { u64Option } from './quantities.js';

/** Environment variable with the root folder. */
export const ROOT_VARIABLE = 'RINGWIRE_ROOT';

const MEMORY_FOLDER = '/dev/shm';
const CHANNEL_FILE =
  /^(?:(.*)\/)?([0-9a-f]{4})_([0-9a-f]{4})\/([0-9a-f]{4})_([0-9a-f]{4})\.(?:kekbit|journal)$/;

/** A channel: its root folder, its id, and its name if it has one. */
export interface ChannelName {
  readonly root: string;
  readonly id: bigint;
  readonly name?: string;
}

/** A channel that may not exist yet: its root folder, and its id or name. */
export interface ChannelAddress {
  readonly root: string;
  readonly key: bigint | string;
}

/** What identifies a new channel with this id or name. */
export function identityOf(key: ChannelAddress['key']): ChannelIdentity {
  return typeof key === 'string' ? { name: key } : { channelId: key };
}

/** The option `--root`; undefined means the default root. */
export interface RootOptions {
  readonly root?: string;
}

/** The argument as typed: an id, a name, or a path that holds root and id. */
export interface ChannelArgument {
  /** The root of a path; undefined for an id or a name. */
  readonly root: string | undefined;
  readonly key: bigint | string;
}

/** Adds the argument `<channel>` and the option `--root`. */
export function takesChannel(command: Command): Command {
  return takesRoot(
    command.argument('<channel>', 'name or id of the channel, or path of its file', channelArgument),
  );
}

/** Adds the argument `<channel...>`, any number of channels or patterns of names, and the option `--root`. */
export function takesChannels(command: Command): Command {
  return takesRoot(command.argument('<channel...>', "names, ids or paths of channels, or patterns: 'log-*'"));
}

/** Adds the option `--root`. */
export function takesRoot(command: Command): Command {
  const option = new Option(
    '-r, --root <folder>',
    `root folder of the channels (default: ${ROOT_VARIABLE}, else ${defaultRoot()})`,
  );
  // An empty variable counts as unset.
  return command.addOption(setting(ROOT_VARIABLE) === undefined ? option : option.env(ROOT_VARIABLE));
}

/**
 * The channel that argument and options name.
 * @throws RingwireError `STORAGE_NOT_FOUND` for an unknown name; `COULD_NOT_ACCESS_STORAGE` when the default root is not a
 * folder of this user alone
 */
export function channelNamed(argument: ChannelArgument, options: RootOptions): ChannelName {
  return resolveChannel(channelAddress(argument, options));
}

/** The id and name of a channel. @throws RingwireError `STORAGE_NOT_FOUND` for an unknown name */
export function resolveChannel({ root, key }: ChannelAddress): ChannelName {
  const id = channelIdOf(root, key);
  return withName(root, id, typeof key === 'string' ? key : channelNameOf(root, id));
}

/**
 * The channel that argument and options name, which need not exist.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when the default root is not a folder of this user alone
 */
export function channelAddress(argument: ChannelArgument, options: RootOptions): ChannelAddress {
  return { root: argument.root ?? rootFolder(options), key: argument.key };
}

/** The channel that a pattern without a glob names, which need not exist. @throws RingwireError as {@link channelsMatching} */
export function patternAddress(pattern: string, options: RootOptions): ChannelAddress {
  return channelAddress(parsed(pattern), options);
}

/**
 * The channels that the patterns name, each once, in the order of the patterns. A pattern is a name, an id, a path, or a
 * glob of `*`, `?` and `[a-z]`, which matches the names of the existing channels, and the decimal ids of those without a
 * name. A glob may match no channel. A channel named by its id or path need not exist.
 * @throws RingwireError `STORAGE_NOT_FOUND` for an unknown name, `INVALID_ARGUMENT` for an invalid one,
 * `COULD_NOT_ACCESS_STORAGE`
 */
export function channelsMatching(patterns: readonly string[], options: RootOptions): ChannelName[] {
  const found = patterns.flatMap((pattern) =>
    isGlob(pattern) ? channelsLike(pattern, rootFolder(options)) : [channelNamed(parsed(pattern), options)],
  );
  const known = new Map(found.map((channel) => [`${path.resolve(channel.root)}/${channel.id}`, channel]));
  return [...known.values()];
}

/** Every channel below a root, ascending by id, with its name. No channel below a missing root. */
export function allChannels(root: string): ChannelName[] {
  if (!existsSync(root)) return [];
  const names = new Map(listChannelNames(root).map(({ id, name }) => [id, name]));
  const ids = [...new Set([...listChannelIds(root), ...listJournalIds(root)])];
  ids.sort((a, b) => (a < b ? -1 : 1));
  return ids.map((id) => withName(root, id, names.get(id) ?? null));
}

/** The text for a channel: `quotes (7)`, or `7` without a name. */
export function channelLabel({ id, name }: Pick<ChannelName, 'id' | 'name'>): string {
  return name === undefined ? String(id) : `${name} (${id})`;
}

/** The fields of a channel in the JSON of a command. `channel` and `channelId` are the same. */
export function channelFields({ id, name }: Pick<ChannelName, 'id' | 'name'>) {
  return { channel: id, channelId: id, name: name ?? null };
}

function channelsLike(glob: string, root: string): ChannelName[] {
  return allChannels(root).filter(({ id, name }) => matchesGlob(name ?? String(id), glob));
}

function withName(root: string, id: bigint, name: string | null): ChannelName {
  return name === null ? { root, id } : { root, id, name };
}

/** @throws RingwireError `INVALID_ARGUMENT` */
function parsed(pattern: string): ChannelArgument {
  try {
    return channelArgument(pattern);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new RingwireError('INVALID_ARGUMENT', `invalid channel '${pattern}': ${error.message}`);
  }
}

/**
 * The root folder: the option, else a folder of this user.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when the default root is not a folder of this user alone
 */
export function rootFolder({ root }: RootOptions): string {
  if (root !== undefined) return root;
  const folder = defaultRoot();
  // Its name can be guessed, and every user may write to its parent.
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  const fault = stats === undefined ? null : folderFault(stats);
  if (fault === null) return folder;
  throw new RingwireError(
    'COULD_NOT_ACCESS_STORAGE',
    `cannot trust ${folder}: ${fault}; choose another folder with --root or ${ROOT_VARIABLE}`,
    { path: folder },
  );
}

/** A folder of the user's own, in memory where the system has such a place. */
function defaultRoot(): string {
  const parent = existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : os.tmpdir();
  return path.join(parent, `ringwire-${process.getuid?.() ?? 'user'}`);
}

/**
 * The channel of an argument.
 * @throws InvalidArgumentError for a text that is not a name, an id or the path of a channel
 */
export function channelArgument(text: string): ChannelArgument {
  const file = CHANNEL_FILE.exec(text);
  if (file !== null) {
    return {
      root: file[1] ?? (text.startsWith('/') ? '/' : '.'),
      key: BigInt(`0x${file.slice(2).join('')}`),
    };
  }
  if (text.endsWith('.kekbit')) {
    throw new InvalidArgumentError('The path of a channel must end like 0000_0000/0000_0001.kekbit.');
  }
  if (isChannelName(text)) return { root: undefined, key: text };
  if (/^[\d-]/.test(text)) return { root: undefined, key: u64Option(text) };
  throw new InvalidArgumentError('It must be the name or the id of a channel, or the path of its file.');
}
