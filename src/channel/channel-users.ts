/** The live processes that use a channel and that its files know. */
import fs from 'node:fs';
import { RingwireError } from '../platform/index.js';
import { channelStatus } from './channel-status.js';
import { filesOf } from './files/abandoned-names.js';
import { isBeingCreated, isHeld } from './files/creation-lock.js';
import { cursorNameOf, journalPaths } from './journal/journal-path.js';
import { RingView } from './ring/ring-view.js';

/** A process that uses a channel. */
export interface ChannelUser {
  /**
   * `creator`: it creates the channel. `writer`: it holds the lock of the writer. `reader`: it has a slot of the ring.
   * `cursor`: it has a cursor of the journal open.
   */
  readonly role: 'creator' | 'writer' | 'reader' | 'cursor';
  /** Its process id; null if unknown. */
  readonly pid: number | null;
  /** The name of the reader or cursor; empty if it has none. */
  readonly name: string;
}

/**
 * Lists the live processes that use a channel. Readers of a log, and those of a ring or journal without a slot or
 * cursor, are unknown. A writer whose lock cannot be tested counts as alive.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
export function channelUsers(root: string, id: bigint): ChannelUser[] {
  if (filesOf(root, id).some(isBeingCreated)) return [{ role: 'creator', pid: null, name: '' }];
  const { kind, state, writer, owner } = channelStatus(root, id);
  const users: ChannelUser[] = [];
  // A file without a lock of the writer, such as that of kekbit, is in use until it is closed.
  if (writer === 'alive' || (writer === 'unknown' && state === 'alive'))
    users.push({ role: 'writer', pid: owner?.pid ?? null, name: '' });
  if (kind === 'ring') users.push(...readersOf(root, id));
  if (kind === 'journal') users.push(...cursorsOf(root, id));
  return users;
}

function readersOf(root: string, id: bigint): ChannelUser[] {
  try {
    using view = RingView.open(root, id);
    return view
      .readers(0)
      .filter(({ alive }) => alive !== false)
      .map(({ pid, name }) => ({ role: 'reader', pid, name }));
  } catch (error) {
    // Nothing can be said about a damaged ring.
    if (error instanceof RingwireError) return [];
    throw error;
  }
}

function cursorsOf(root: string, id: bigint): ChannelUser[] {
  const { cursors } = journalPaths(root, id);
  if (!fs.existsSync(cursors)) return [];
  return fs.readdirSync(cursors).flatMap((file) => {
    const name = cursorNameOf(file);
    return name !== null && isHeld(`${cursors}/${file}`) ? [{ role: 'cursor', pid: null, name }] : [];
  });
}
