/** Becoming the writer of an existing channel without knowing its kind: its files say it. */
import type { Retention } from './journal/journal-options.js';
import { JournalWriter } from './journal/journal-writer.js';
import { ShmWriter } from './log/log-writer.js';
import type { ResumeOptions } from './log/resume-log.js';
import { channelKind } from './open-reader.js';
import type { RingResumeOptions } from './ring/ring-options.js';
import { RingWriter } from './ring/ring-writer.js';

/** The options of every kind. Each kind takes those that concern it. */
export interface OpenWriterOptions extends ResumeOptions, Pick<RingResumeOptions, 'clock'> {
  /** Journals: which segments are deleted. Default: none. */
  readonly retention?: Retention;
}

/**
 * Becomes the writer of the channel `channelId` below the folder `root`, whose writer died or detached, after its last
 * record. A journal may also have been closed. Creating a channel needs to know its kind: use `create` of that kind.
 *
 * `backend` and `doorbell` concern every kind; `prefault`, `fileMode` and `closeOnExit` logs and journals; `force` logs;
 * `clock` rings and journals; `retention` journals.
 * @throws RingwireError as `ShmWriter.resume`, `RingWriter.resume` or `JournalWriter.resume` does: `WRITER_EXISTS` while a writer
 * lives, `CLOSED` for a closed log or ring, `STORAGE_NOT_FOUND`
 */
export function openWriter(
  root: string,
  channelId: bigint | number,
  options: OpenWriterOptions = {},
): ShmWriter | RingWriter | JournalWriter {
  switch (channelKind(root, channelId)) {
    case 'log':
      return ShmWriter.resume(root, channelId, given(options, LOG));
    case 'ring':
      return RingWriter.resume(root, channelId, given(options, RING));
    case 'journal':
      return JournalWriter.resume(root, channelId, given(options, JOURNAL));
  }
}

const LOG = ['backend', 'doorbell', 'prefault', 'fileMode', 'closeOnExit', 'force'] as const;
const RING = ['backend', 'doorbell', 'clock'] as const;
const JOURNAL = ['backend', 'doorbell', 'prefault', 'fileMode', 'closeOnExit', 'clock', 'retention'] as const;

/** The options with these names that were given. */
function given<Name extends keyof OpenWriterOptions>(
  options: OpenWriterOptions,
  names: readonly Name[],
): Pick<OpenWriterOptions, Name> {
  const entries = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return Object.fromEntries(entries) as Pick<OpenWriterOptions, Name>;
}
