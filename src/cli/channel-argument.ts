/** The channel of a command: a root folder and an id, or the path of a channel file. */
import { existsSync, lstatSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { folderFault, RingwireError, setting } from '../platform/index.js';
import { u64Option } from './quantities.js';

/** Environment variable with the root folder. */
export const ROOT_VARIABLE = 'RINGWIRE_ROOT';

const MEMORY_FOLDER = '/dev/shm';
const CHANNEL_FILE =
  /^(?:(.*)\/)?([0-9a-f]{4})_([0-9a-f]{4})\/([0-9a-f]{4})_([0-9a-f]{4})\.(?:kekbit|journal)$/;

/** A channel: its root folder and its id. */
export interface ChannelName {
  readonly root: string;
  readonly id: bigint;
}

/** The option `--root`; undefined means the default root. */
export interface RootOptions {
  readonly root?: string;
}

/** The argument as typed: an id, or a path that holds root and id. */
export type ChannelArgument = { readonly root: string | undefined; readonly id: bigint };

/** Adds the argument `<channel>` and the option `--root`. */
export function takesChannel(command: Command): Command {
  return takesRoot(command.argument('<channel>', 'id of the channel, or path of its file', channelArgument));
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
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` when the default root is not a folder of this user alone
 */
export function channelNamed(argument: ChannelArgument, options: RootOptions): ChannelName {
  return { root: argument.root ?? rootFolder(options), id: argument.id };
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

export function channelArgument(text: string): ChannelArgument {
  const file = CHANNEL_FILE.exec(text);
  if (file !== null) {
    return { root: file[1] ?? (text.startsWith('/') ? '/' : '.'), id: BigInt(`0x${file.slice(2).join('')}`) };
  }
  if (text.endsWith('.kekbit')) {
    throw new InvalidArgumentError('The path of a channel must end like 0000_0000/0000_0001.kekbit.');
  }
  return { root: undefined, id: u64Option(text) };
}
