/** Durable cursors registered with a journal. They are files in its folder, and retention can respect them. */
import type { ChannelHeader } from '../core/header-layout.js';
import { makeFolders, requireRealFolders } from '../files/channel-folders.js';
import type { ChannelKey } from '../files/channel-names.js';
import { DurableCursor } from '../files/durable-cursor.js';
import { cursorPath, type JournalPaths, journalPaths } from './journal-path.js';

/**
 * Opens or creates a registered cursor.
 * @throws RingwireError `INVALID_ARGUMENT` for an invalid name, the errors of `DurableCursor.open`
 */
export function openCursor(paths: JournalPaths, name: string, journal: ChannelHeader): DurableCursor {
  const file = cursorPath(paths, name);
  makeFolders(cursorFolders(paths));
  return DurableCursor.open(file, journal);
}

/**
 * Removes a cursor from a journal. Retention no longer respects it.
 * @returns whether the cursor existed
 * @throws RingwireError `CURSOR_IN_USE` while a reader uses it, `INVALID_ARGUMENT`, `COULD_NOT_ACCESS_STORAGE`
 */
export function removeJournalCursor(root: string, channel: ChannelKey, name: string): boolean {
  const paths = journalPaths(root, channel);
  requireRealFolders(cursorFolders(paths));
  return DurableCursor.remove(cursorPath(paths, name));
}

function cursorFolders({ control, cursors }: JournalPaths) {
  return { root: control.root, folders: [...control.folders, cursors] };
}
