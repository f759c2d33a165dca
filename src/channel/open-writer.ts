/** Resumes the writer of a channel of any kind. The files of the channel decide. */

import { type ChannelKey, channelIdOf } from './files/channel-names.js';
import type { Retention } from './journal/journal-options.js';
import { JournalWriter } from './journal/journal-writer.js';
import { ShmWriter } from './log/log-writer.js';
import type { ResumeOptions } from './log/resume-log.js';
import { channelKind } from './open-reader.js';
import type { RingResumeOptions } from './ring/ring-options.js';
import { RingWriter } from './ring/ring-writer.js';

/** Options of {@link openWriter}. Each kind uses those that concern it. */
export interface OpenWriterOptions extends ResumeOptions, Pick<RingResumeOptions, 'clock'> {
  /** Journals: which segments are deleted. Default: none. */
  readonly retention?: Retention;
}

/**
 * Becomes the writer of the channel `channel` below the folder `root`, whose writer died or detached, and continues
 * after its last record. Also reopens a closed journal. To create a channel, call `create` of its kind.
 *
 * All kinds use `backend` and `doorbell`. Logs and journals use `prefault`, `fileMode` and `closeOnExit`. Logs use
 * `force`. Rings and journals use `clock`. Journals use `retention`.
 * @throws RingwireError like `ShmWriter.resume`, `RingWriter.resume` or `JournalWriter.resume`: `WRITER_EXISTS` while
 * a writer is alive, `CLOSED` for a closed log or ring, `STORAGE_NOT_FOUND`
 */
export function openWriter(
  root: string,
  channel: ChannelKey,
  options: OpenWriterOptions = {},
): ShmWriter | RingWriter | JournalWriter {
  const channelId = channelIdOf(root, channel);
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

/** Returns the given options with these names. */
function given<Name extends keyof OpenWriterOptions>(
  options: OpenWriterOptions,
  names: readonly Name[],
): Pick<OpenWriterOptions, Name> {
  const entries = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return Object.fromEntries(entries) as Pick<OpenWriterOptions, Name>;
}
