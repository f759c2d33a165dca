import type { Doorbell, Mapping } from '../../platform/index.js';
import type { LogFile } from './log-file.js';

/** The bell that a writer rings; closed with it, but for one that several channels share. */
export interface WriterBell {
  readonly doorbell: Doorbell;
  close(): void;
}

/** What a writer is made of: a channel file whose lock it holds, and where to continue. */
export interface WriterParts {
  readonly file: LogFile;
  readonly mapping: Mapping;
  readonly bell: WriterBell | null;
  /** Position of the next record. */
  readonly position: number;
}
