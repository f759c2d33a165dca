/** Opens the destination of a relay: takes the writer's lock and counts the records. */
import {
  type ChannelOptions,
  isBehind,
  type JournalOptions,
  JournalWriter,
  type RingOptions,
  RingReader,
  RingWriter,
  ShmReader,
  ShmWriter,
  type Writer,
} from '../channel/index.js';
import { type ErrorCode, RingwireError } from '../platform/index.js';

const COUNTING_STRIDE = 65_536;

/** The channel to resume, or to create if it does not exist. `options`: of its writer. */
export type DestinationOptions = { readonly root: string } & (
  | { readonly kind: 'log'; readonly options: ChannelOptions }
  | { readonly kind: 'ring'; readonly options: RingOptions }
  | { readonly kind: 'journal'; readonly options: JournalOptions }
);

/** An opened destination. */
export interface OpenedDestination {
  /** The writer; null for a closed channel. */
  readonly writer: (Writer & { detach(): void }) | null;
  /** Number of its records. */
  readonly records: number;
  /** In ticks of the channel. */
  readonly creationTime: bigint;
  /** Whether this call created the channel. */
  readonly isNew: boolean;
}

/** A writer, and whether it created its channel; the writer is null for a channel that was closed. */
interface Opened<W> {
  readonly writer: W | null;
  readonly isNew: boolean;
}

/**
 * Creates or resumes the destination.
 * @throws RingwireError `WRITER_EXISTS`, and the other errors of creating and resuming a channel
 */
export function openDestination(destination: DestinationOptions): OpenedDestination {
  switch (destination.kind) {
    case 'log':
      return openLog(destination);
    case 'ring':
      return openRing(destination);
    case 'journal':
      return openJournal(destination);
  }
}

/** A closed journal is resumed as well: its number of records continues. */
function openJournal({ root, options }: { root: string; options: JournalOptions }): OpenedDestination {
  const { retention } = options;
  const { writer, isNew } = createOrResume(
    () => JournalWriter.create(root, options),
    () => JournalWriter.resume(root, options, retention === undefined ? {} : { retention }),
  );
  if (writer === null) throw new RingwireError('CLOSED', 'the journal is closed');
  return { writer, records: writer.sequence, creationTime: writer.header.creationTime, isNew };
}

function openLog({ root, options }: { root: string; options: ChannelOptions }): OpenedDestination {
  const { writer, isNew } = createOrResume(
    () => ShmWriter.create(root, options),
    () => ShmWriter.resume(root, options),
  );
  try {
    // The writer's lock is held during the count, so that no other process appends.
    using reader = ShmReader.open(root, options, { timeout: 'never' });
    let records = 0;
    for (let count = 1; count > 0 || isBehind(reader); records += count)
      count = reader.poll(() => {}, COUNTING_STRIDE);
    return { writer, records, creationTime: reader.header.creationTime, isNew };
  } catch (error) {
    writer?.detach();
    throw error;
  }
}

function openRing({ root, options }: { root: string; options: RingOptions }): OpenedDestination {
  const { writer, isNew } = createOrResume(
    () => RingWriter.create(root, options),
    () => RingWriter.resume(root, options),
  );
  if (writer !== null) {
    return { writer, records: writer.sequence, creationTime: writer.header.creationTime, isNew };
  }
  using reader = RingReader.open(root, options, {
    timeout: 'never',
    from: 'newest',
    observe: true,
  });
  return { writer, records: reader.sequence, creationTime: reader.header.creationTime, isNew };
}

function createOrResume<W>(create: () => W, resume: () => W): Opened<W> {
  try {
    return { writer: create(), isNew: true };
  } catch (error) {
    if (!isRefusal(error, 'STORAGE_ALREADY_EXISTS')) throw error;
  }
  try {
    return { writer: resume(), isNew: false };
  } catch (error) {
    if (isRefusal(error, 'CLOSED')) return { writer: null, isNew: false };
    throw error;
  }
}

function isRefusal(error: unknown, code: ErrorCode): boolean {
  return error instanceof RingwireError && error.code === code;
}
