/** Where a journal lives. docs/guides/journal.md, "Files". */
import path from 'node:path';
import { RingwireError } from '../../platform/index.js';
import { type ChannelPaths, channelPaths, listChannelIds, listIds } from '../files/channel-path.js';

/** The files of one journal, as absolute paths. */
export interface JournalPaths {
  /** `<root>/HHHH_hhhh/LLLL_llll.journal`: the root of the segments, which are channels 0, 1, 2, … below it. */
  readonly folder: string;
  /** The control file, its creation lock and the bell of all segments. */
  readonly control: ChannelPaths;
  /** Registered cursors, one file each. */
  readonly cursors: string;
}

const CURSOR_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const CURSOR_SUFFIX = '.cursor';

/** The files of a journal. @throws RingwireError `INVALID_ARGUMENT` */
export function journalPaths(root: string, channelId: bigint | number): JournalPaths {
  const paths = channelPaths(root, channelId);
  const folder = `${paths.file.slice(0, -'.kekbit'.length)}.journal`;
  const base = path.join(folder, 'journal');
  const folders = [...paths.folders, folder];
  return {
    folder,
    control: { root: paths.root, folders, folder, file: base, lock: `${base}.lock`, bell: `${base}.bell` },
    cursors: path.join(folder, 'cursors'),
  };
}

/** The files of segment `ordinal`: those of a log channel, and its index. */
export function segmentPaths(folder: string, ordinal: number): ChannelPaths & { readonly index: string } {
  const paths = channelPaths(folder, ordinal);
  return { ...paths, index: indexPathOf(paths.file) };
}

/** The index beside a segment file. */
export function indexPathOf(file: string): string {
  return `${file.slice(0, -'.kekbit'.length)}.index`;
}

/**
 * The ordinals of the segments that are there, ascending; files whose positions could not be told are no segments.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function listSegments(folder: string, capacity: number): number[] {
  const last = Math.floor(Number.MAX_SAFE_INTEGER / capacity) - 1;
  return listChannelIds(folder)
    .filter((id) => id <= BigInt(last))
    .map(Number);
}

/** The ids of all journals below a root, ascending. @throws RingwireError `COULD_NOT_ACCESS_STORAGE` */
export function listJournalIds(root: string): bigint[] {
  return listIds(root, '.journal');
}

/** @throws RingwireError `INVALID_ARGUMENT` for a name that is none */
export function cursorPath(paths: JournalPaths, name: string): string {
  if (!CURSOR_NAME.test(name)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `a cursor is named by 1 to 63 letters, digits, '-', '_' and '.', not '${name}'`,
    );
  }
  return path.join(paths.cursors, `${name}${CURSOR_SUFFIX}`);
}

/** The name of a cursor file, or null for any other file. */
export function cursorNameOf(file: string): string | null {
  return file.endsWith(CURSOR_SUFFIX) ? file.slice(0, -CURSOR_SUFFIX.length) : null;
}
