/** Opens a reader for a channel of any kind. The version word of the file decides. */
import fs from 'node:fs';
import { couldNotAccess, openRegularFile } from '../platform/index.js';
import type { ReaderOptions } from './core/channel-options.js';
import { peekVersion } from './core/header-layout.js';
import type { Reader } from './core/reader.js';
import { requireRealFolders } from './files/channel-folders.js';
import { type ChannelKey, channelIdOf } from './files/channel-names.js';
import { channelPaths } from './files/channel-path.js';
import { nameIsTaken } from './files/creation-lock.js';
import { journalPaths } from './journal/journal-path.js';
import { JournalReader } from './journal/journal-reader.js';
import { ShmReader } from './log/log-reader.js';
import { isRingVersion } from './ring/ring-header-layout.js';
import type { RingReaderOptions } from './ring/ring-options.js';
import { RingReader } from './ring/ring-reader.js';

/** Kind of a channel. */
export type ChannelKind = 'log' | 'ring' | 'journal';

/** Options of {@link openReader}. `observe`, `onLoss` and `name` have no effect on a log. */
export type OpenReaderOptions = ReaderOptions & Pick<RingReaderOptions, 'observe' | 'onLoss' | 'name'>;

/**
 * Opens the channel `channel` below the folder `root`: a log at its beginning, a ring or journal at its oldest
 * record. A reader of a back-pressure ring registers and applies back pressure unless `observe` is set.
 * @throws RingwireError like `open` of the reader of its kind
 */
export function openReader(
  root: string,
  channel: ChannelKey,
  { observe, onLoss, name, ...common }: OpenReaderOptions = {},
): Reader {
  const channelId = channelIdOf(root, channel);
  const kind = channelKind(root, channelId);
  if (kind === 'log') return ShmReader.open(root, channelId, common);
  const options = { ...common, ...(onLoss === undefined ? {} : { onLoss }) };
  if (kind === 'journal') return JournalReader.open(root, channelId, options);
  return RingReader.open(root, channelId, {
    ...options,
    ...(observe === undefined ? {} : { observe }),
    ...(name === undefined ? {} : { name }),
  });
}

/**
 * Returns the kind of a channel by its files and its version word. Returns `log` for an invalid file, so that the
 * reader of logs reports the fault.
 * @throws RingwireError `STORAGE_NOT_FOUND`, `COULD_NOT_ACCESS_STORAGE`, `INVALID_ARGUMENT`
 */
export function channelKind(root: string, channel: ChannelKey): ChannelKind {
  const channelId = channelIdOf(root, channel);
  const paths = channelPaths(root, channelId);
  const { file } = paths;
  requireRealFolders(paths);
  if (!nameIsTaken(file) && nameIsTaken(journalPaths(root, channelId).control.file)) return 'journal';
  const { fd } = openRegularFile(file, false);
  try {
    const head = Buffer.alloc(16);
    fs.readSync(fd, head, 0, head.length, 0);
    const version = peekVersion(head);
    return version !== null && isRingVersion(version) ? 'ring' : 'log';
  } catch (error) {
    throw couldNotAccess(file, error);
  } finally {
    fs.closeSync(fd);
  }
}
