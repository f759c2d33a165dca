/** Durable cursors that are registered with a journal: files in its folder, which retention can be told to respect. */
import fs from 'node:fs';
import { couldNotAccess } from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { DurableCursor } from '../files/durable-cursor.js';
import { cursorPath, type JournalPaths, journalPaths } from './journal-path.js';

/** @throws RingwireError `INVALID_ARGUMENT` for a name that is none, what `DurableCursor.open` throws */
export function openCursor(paths: JournalPaths, name: string, journal: ChannelHeader): DurableCursor {
  const file = cursorPath(paths, name);
  try {
    fs.mkdirSync(paths.cursors, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw couldNotAccess(paths.cursors, error);
  }
  return DurableCursor.open(file, journal);
}

/**
 * Takes a cursor away from a journal: retention no longer waits for it.
 * @returns whether there was one
 * @throws RingwireError `CURSOR_IN_USE` while a reader has it, `INVALID_ARGUMENT`, `COULD_NOT_ACCESS_STORAGE`
 */
export function removeJournalCursor(root: string, channelId: bigint | number, name: string): boolean {
  return DurableCursor.remove(cursorPath(journalPaths(root, channelId), name));
}
