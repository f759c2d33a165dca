/** Creates a log with all resources of its writer. */
import fs from 'node:fs';
import { couldNotAccess, RingwireError, selectBackend } from '../../platform/index.js';
import type { ChannelHeader } from '../core/header-layout.js';
import { WORD } from '../core/record-header.js';
import { removeCreated } from '../files/channel-file.js';
import { channelPaths } from '../files/channel-path.js';
import type { ClaimedPaths } from '../files/creation-lock.js';
import { BellFile } from '../files/doorbell-file.js';
import { createIdentified } from '../files/name-claim.js';
import { removeQuietly } from '../files/remove-quietly.js';
import { createLogFile, type LogFile } from './log-file.js';
import type { ResolvedChannelOptions } from './log-options.js';
import { DATA_OFFSET } from './log-record-layout.js';
import type { WriterBell, WriterParts } from './writer-parts.js';

/** Options of a log with its id. */
export interface NewLogOptions extends Omit<ResolvedChannelOptions, 'header' | 'identity'> {
  readonly header: ChannelHeader;
}

/**
 * Creates a log with its own doorbell.
 * @throws RingwireError like `ShmWriter.create`; no file is left then
 */
export function createLog(root: string, options: ResolvedChannelOptions): WriterParts {
  return createIdentified(root, options.identity, channelPaths, (paths, channelId) =>
    createLogAt(paths, { ...options, header: { ...options.header, channelId } }),
  );
}

function createLogAt(paths: ClaimedPaths, options: NewLogOptions): WriterParts {
  let bell: BellFile | null = null;
  try {
    return createLogWith(paths, options, () => {
      if (options.doorbell) bell = BellFile.create(paths.bell, options.fileMode, options.header);
      return bell;
    });
  } catch (error) {
    (bell as BellFile | null)?.close();
    if (bell !== null) removeQuietly(paths.bell);
    throw error;
  }
}

/**
 * Creates a log with the doorbell that `prepare` returns. `prepare` runs just before the channel file gets its name.
 * @throws like {@link createLog}
 */
export function createLogWith(
  paths: ClaimedPaths,
  options: NewLogOptions,
  prepare: () => WriterBell | null,
): WriterParts {
  const length = DATA_OFFSET + options.header.capacity + WORD;
  const backend = selectBackend(length, options.backend);
  let bell: WriterBell | null = null;
  let file: LogFile | undefined;
  try {
    file = createLogFile(paths, options.header, options, () => {
      bell = prepare();
    });
    const mapping = backend.map(file.fd, length, true);
    if (options.prefault) mapping.prefault();
    return { file, mapping, bell, position: options.profile === 'heartbeat' ? WORD : 0 };
  } catch (error) {
    if (file !== undefined) {
      removeCreated(paths);
      fs.closeSync(file.fd);
    }
    throw error instanceof RingwireError ? error : couldNotAccess(paths.file, error);
  }
}
