/** Opens a log for reading. */
import fs from 'node:fs';
import { type Mapping, selectBackend } from '../../platform/index.js';
import {
  type ReaderOptions,
  type ResolvedReaderOptions,
  resolveReaderOptions,
} from '../core/channel-options.js';
import { announceClosed, announceOpened } from '../core/diagnostics.js';
import { WORD } from '../core/record-header.js';
import type { ChannelKey } from '../files/channel-names.js';
import { channelPaths } from '../files/channel-path.js';
import { BellFile } from '../files/doorbell-file.js';
import { type LogFile, openLogFile } from './log-file.js';
import { DATA_OFFSET } from './log-record-layout.js';

/** Resources of a log reader. */
export interface ReaderParts {
  /** The channel file. */
  readonly file: LogFile;
  /** The mapping of the file. */
  readonly mapping: Mapping;
  /** The resolved options of the reader. */
  readonly options: ResolvedReaderOptions;
  /** The doorbell file, or null. */
  readonly bell: BellFile | null;
}

/**
 * Opens and maps a log.
 * @throws RingwireError like `ShmReader.open`
 */
export function openLog(root: string, channel: ChannelKey, options?: ReaderOptions): ReaderParts {
  const resolved = resolveReaderOptions(options);
  const paths = channelPaths(root, channel);
  const file = openLogFile(paths, false);
  try {
    const length = Math.min(file.length, DATA_OFFSET + file.header.capacity + WORD);
    const mapping = selectBackend(length, resolved.backend).map(file.fd, length, false);
    const bell = BellFile.open(paths.bell, file.header);
    announceOpened('reader', 'log', file);
    return { file, mapping, options: resolved, bell };
  } catch (error) {
    fs.closeSync(file.fd);
    throw error;
  }
}

/** Closes the file of a reader. Its mapping is closed already. */
export function closeLog(file: LogFile): void {
  announceClosed('reader', 'log', file);
  fs.closeSync(file.fd);
}
