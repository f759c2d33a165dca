/** Opening a log for reading. */
import fs from 'node:fs';
import { type Mapping, selectBackend } from '../../platform/index.js';
import {
  type ReaderOptions,
  type ResolvedReaderOptions,
  resolveReaderOptions,
} from '../core/channel-options.js';
import { WORD } from '../core/record-header.js';
import { channelPaths } from '../files/channel-path.js';
import { BellFile } from '../files/doorbell-file.js';
import { type LogFile, openLogFile } from './log-file.js';
import { DATA_OFFSET } from './log-record-layout.js';

/** What a reader of a log consists of. */
export interface ReaderParts {
  readonly file: LogFile;
  readonly mapping: Mapping;
  readonly options: ResolvedReaderOptions;
  readonly bell: BellFile | null;
}

/** Opens and maps a log. @throws RingwireError as `ShmReader.open` says */
export function openLog(root: string, channelId: bigint | number, options?: ReaderOptions): ReaderParts {
  const resolved = resolveReaderOptions(options);
  const paths = channelPaths(root, channelId);
  const file = openLogFile(paths, false);
  try {
    const length = Math.min(file.length, DATA_OFFSET + file.header.capacity + WORD);
    const mapping = selectBackend(length, resolved.backend).map(file.fd, length, false);
    return { file, mapping, options: resolved, bell: BellFile.open(paths.bell, file.header) };
  } catch (error) {
    fs.closeSync(file.fd);
    throw error;
  }
}
