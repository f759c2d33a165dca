import type { Doorbell, Mapping } from '../../platform/index.js';
import type { LogFile } from './log-file.js';

/** The doorbell that a writer rings. The writer closes it, unless several channels share it. */
export interface WriterBell {
  /** The doorbell. */
  readonly doorbell: Doorbell;
  /** Closes the doorbell file. */
  close(): void;
}

/** Resources of a log writer: a channel file whose lock it holds, and the position to continue at. */
export interface WriterParts {
  /** The channel file. */
  readonly file: LogFile;
  /** The mapping of the file. */
  readonly mapping: Mapping;
  /** The doorbell, or null. */
  readonly bell: WriterBell | null;
  /** Position of the next record, in bytes. */
  readonly position: number;
}
