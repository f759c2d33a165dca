/** Durable cursors that are registered with a journal: files in its folder, which retention can be told to respect. */
import type { ChannelHeader } from '../core/header-layout.js';
import { makeFolders, requireRealFolders } from '../files/channel-folders.js';
import { DurableCursor } from '../files/durable-cursor.js';
import { cursorPath, type JournalPaths, journalPaths } from './journal-path.js';

/** @throws RingwireError `INVALID_ARGUMENT` for a name that is none, what `DurableCursor.open` throws */
export function openCursor(paths: JournalPaths, name: string, journal: ChannelHeader): DurableCursor {
  const file = cursorPath(paths, name);
  makeFolders(cursorFolders(paths));
  return DurableCursor.open(file, journal);
}

/**
 * Takes a cursor away from a journal: retention no longer waits for it.
 * @returns whether there was one
 * @throws RingwireError `CURSOR_IN_USE` while a reader has it, `INVALID_ARGUMENT`, `COULD_NOT_ACCESS_STORAGE`
 */
export function removeJournalCursor(root: string, channelId: bigint | number, name: string): boolean {
  const paths = journalPaths(root, channelId);
  requireRealFolders(cursorFolders(paths));
  return DurableCursor.remove(cursorPath(paths, name));
}

function cursorFolders({ control, cursors }: JournalPaths) {
  return { root: control.root, folders: [...control.folders, cursors] };
}
