/** Paths of a journal. docs/guides/journal.md, "Files". */
import path from 'node:path';
import { RingwireError } from '../../platform/index.js';
import { listIds } from '../files/channel-listing.js';
import type { ChannelKey } from '../files/channel-names.js';
import {
  type ChannelPaths,
  channelPaths,
  journalControlOf,
  journalFolderOf,
  listChannelIds,
} from '../files/channel-path.js';

/** The files of one journal, as absolute paths. */
export interface JournalPaths {
  /**
   * The folder `<root>/HHHH_hhhh/LLLL_llll.journal`. It is the root of the segments, which are its channels 0, 1, 2,
   * and so on.
   */
  readonly folder: string;
  /** The control file, its creation lock and the doorbell file of all segments. */
  readonly control: ChannelPaths;
  /** The folder of the registered cursors, one file each. */
  readonly cursors: string;
}

const CURSOR_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const CURSOR_SUFFIX = '.cursor';

/**
 * Returns the files of a journal.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function journalPaths(root: string, channel: ChannelKey): JournalPaths {
  const paths = channelPaths(root, channel);
  const folder = journalFolderOf(paths);
  return { folder, control: journalControlOf(paths), cursors: path.join(folder, 'cursors') };
}

/** Returns the control file of a journal with the files beside it; see {@link journalPaths}. */
export function journalControlPaths(root: string, channelId: bigint): ChannelPaths {
  return journalControlOf(channelPaths(root, channelId));
}

/** Returns the files of segment `ordinal`: those of a log channel, and its index. */
export function segmentPaths(folder: string, ordinal: number): ChannelPaths & { readonly index: string } {
  const paths = channelPaths(folder, ordinal);
  return { ...paths, index: indexPathOf(paths.file) };
}

/** Returns the index file of a segment file. */
export function indexPathOf(file: string): string {
  return `${file.slice(0, -'.kekbit'.length)}.index`;
}

/**
 * Lists the ordinals of the existing segments, ascending. Ignores files with ordinals whose positions exceed 2^53.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function listSegments(folder: string, capacity: number): number[] {
  const last = Math.floor(Number.MAX_SAFE_INTEGER / capacity) - 1;
  return listChannelIds(folder)
    .filter((id) => id <= BigInt(last))
    .map(Number);
}

/**
 * Lists the ids of all journals below a root, ascending.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function listJournalIds(root: string): bigint[] {
  return listIds(root, '.journal');
}

/**
 * Returns the file of a registered cursor.
 * @throws RingwireError `INVALID_ARGUMENT` for an invalid name
 */
export function cursorPath(paths: JournalPaths, name: string): string {
  if (!CURSOR_NAME.test(name)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `invalid cursor name '${name}': use 1 to 63 letters, digits, '-', '_' and '.'`,
    );
  }
  return path.join(paths.cursors, `${name}${CURSOR_SUFFIX}`);
}

/** Returns the name of a cursor file, or null for any other file. */
export function cursorNameOf(file: string): string | null {
  return file.endsWith(CURSOR_SUFFIX) ? file.slice(0, -CURSOR_SUFFIX.length) : null;
}
