/**
 * The names of channels. A name file beside the channel file says it all by its own name; it has no content, so that no
 * write of it can be torn. docs/concepts.md, "Names"; docs/format.md, "Names".
 *
 *      <root>/names.lock                      the lock of the registry: held while a name file is created, renamed or removed
 *      <root>/0000_0000/0000_0007.kekbit      channel 7
 *      <root>/0000_0000/0000_0007.quotes.name its name: `quotes`
 *
 * INV-NAME-01: below a root an id has one name and a name has one id: only the holder of `names.lock` creates, renames or
 * removes a name file, after it has looked at all of them.
 *
 * A reader of the registry takes no lock. It may miss a name that is renamed at this moment.
 */
import fs from 'node:fs';
import path from 'node:path';
import { couldNotAccess, RingwireError } from '../../platform/index.js';
import { u64 } from '../core/arguments.js';
import type { ChannelIdentity } from '../core/channel-options.js';
import { basePath, fileNames, type IdEntry, listIdEntries, listIds, resolveRoot } from './channel-listing.js';

/**
 * What identifies a channel below a root: its id, 0 to 2^64-1; its name; or an object with `channelId`, `name` or both,
 * such as the options of its creation.
 */
export type ChannelKey = bigint | number | string | ChannelIdentity;

/** A name of the registry. */
export interface NamedChannel {
  /** The name of the channel. */
  readonly name: string;
  /** The id of the channel. */
  readonly id: bigint;
}

/** Maximum length of a name. With the id and the suffix it fits into a file name. */
export const LONGEST_NAME = 128;

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
/** `7` and `0x7` are ids. */
const NUMBER = /^(\d+|0x[0-9a-f]*)$/i;
/** A name with such an end would look like the path of a channel. */
const FILE = /\.(kekbit|journal)$/;
const NAME_FILE = /^\.(.+)\.name$/s;

/** Whether a text may be the name of a channel. */
export function isChannelName(text: string): boolean {
  return text.length <= LONGEST_NAME && NAME.test(text) && !NUMBER.test(text) && !FILE.test(text);
}

/**
 * Returns `name` if it may be the name of a channel.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function requireName(name: string): string {
  if (typeof name === 'string' && isChannelName(name)) return name;
  throw new RingwireError(
    'INVALID_ARGUMENT',
    `invalid channel name '${String(name)}': use 1 to ${LONGEST_NAME} letters, digits, '.', '_' and '-', not a number, ` +
      "not '.' or '-' first, and not '.kekbit' or '.journal' at the end",
  );
}

/** The name file of the channel with this channel file. */
export function nameFileOf({ file }: { readonly file: string }, name: string): string {
  return `${file.slice(0, -'.kekbit'.length)}${nameSuffix(name)}`;
}

function nameSuffix(name: string): string {
  return `.${name}.name`;
}

/**
 * Lists the names below a root, ascending by id. A name whose channel was never completed is listed also.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, also for a missing root; `INVALID_ARGUMENT` for an empty root
 */
export function listChannelNames(root: string): NamedChannel[] {
  return listIdEntries(resolveRoot(root)).flatMap(named);
}

/**
 * Returns the name of a channel, or null for a channel without a name.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, `INVALID_ARGUMENT`
 */
export function channelNameOf(root: string, channelId: bigint | number): string | null {
  const base = basePath(resolveRoot(root), u64('channelId', channelId));
  const [folder, prefix] = [path.dirname(base), path.basename(base)];
  return ignoreMissing(() => {
    const files = fileNames(folder).filter((file) => file.startsWith(`${prefix}.`));
    const found = files.map((file) => [path.join(folder, file), nameIn(file.slice(prefix.length))] as const);
    return found.find(([file, name]) => name !== null && isRegular(file))?.[1];
  });
}

/**
 * Returns the id of a channel: the given one, or the id that has the given name below the root.
 * @throws RingwireError `STORAGE_NOT_FOUND` for an unknown name; `COULD_NOT_ACCESS_STORAGE`; `INVALID_ARGUMENT` for an
 * invalid id, name or root, and for a name of another id than the given one
 */
export function channelIdOf(root: string, channel: ChannelKey): bigint {
  if (typeof channel === 'string') return idNamed(root, requireName(channel));
  if (typeof channel !== 'object' || channel === null) return u64('channelId', channel);
  const { channelId, name } = channel;
  if (name === undefined) return u64('channelId', channelId as bigint | number);
  const id = idNamed(root, requireName(name));
  if (channelId === undefined || u64('channelId', channelId) === id) return id;
  const message = `the name '${name}' belongs to channel ${id} below ${resolveRoot(root)}, not to ${channelId}`;
  throw new RingwireError('INVALID_ARGUMENT', message);
}

function idNamed(root: string, name: string): bigint {
  const folder = resolveRoot(root);
  const suffix = nameSuffix(name);
  const found = ignoreMissing(() =>
    listIds(folder, suffix).find((id) => isRegular(`${basePath(folder, id)}${suffix}`)),
  );
  if (found !== null) return found;
  throw unknownName(root, name);
}

/** The error for a name that no channel has. */
function unknownName(root: string, name: string): RingwireError {
  const message = `no channel below ${resolveRoot(root)} has the name '${name}': start its writer, or list the names with listChannelNames() or ringwire ls`;
  return new RingwireError('STORAGE_NOT_FOUND', message, { path: resolveRoot(root) });
}

/** A name file. Ignores anything that is not a regular file, such as a symbolic link. */
function named({ id, suffix, entry }: IdEntry): NamedChannel[] {
  const name = entry.isFile() ? nameIn(suffix) : null;
  return name === null ? [] : [{ name, id }];
}

/** The name in the suffix of a name file; null for another file. */
function nameIn(suffix: string): string | null {
  const name = NAME_FILE.exec(suffix)?.[1];
  return name !== undefined && isChannelName(name) ? name : null;
}

function isRegular(file: string): boolean {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch (error) {
    throw couldNotAccess(file, error);
  }
}

/** Below a root or in a folder that does not exist there is no name. */
function ignoreMissing<T>(look: () => T | undefined): T | null {
  try {
    return look() ?? null;
  } catch (error) {
    if (error instanceof RingwireError && (error.cause as NodeJS.ErrnoException)?.code === 'ENOENT')
      return null;
    throw error;
  }
}
