/** Opens the destination of a relay: takes the writer's lock and counts the records. */
import {
  type ChannelOptions,
  isBehind,
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
);

/** An opened destination. */
export interface OpenedDestination {
  /** The writer; null for a closed channel. */
  readonly writer: (Writer & { detach(): void }) | null;
  /** Number of records in the channel. */
  readonly records: number;
  /** Creation time of the channel, in ticks. */
  readonly creationTime: bigint;
}

/**
 * Creates or resumes the destination.
 * @throws RingwireError `WRITER_EXISTS`, and the other errors of creating and resuming a channel
 */
export function openDestination(destination: DestinationOptions): OpenedDestination {
  return destination.kind === 'log' ? openLog(destination) : openRing(destination);
}

function openLog({ root, options }: { root: string; options: ChannelOptions }): OpenedDestination {
  const writer = createOrResume(
    () => ShmWriter.create(root, options),
    () => ShmWriter.resume(root, options.channelId),
  );
  try {
    // The writer's lock is held during the count, so that no other process appends.
    using reader = ShmReader.open(root, options.channelId, { timeout: 'never' });
    let records = 0;
    for (let count = 1; count > 0 || isBehind(reader); records += count)
      count = reader.poll(() => {}, COUNTING_STRIDE);
    return { writer, records, creationTime: reader.header.creationTime };
  } catch (error) {
    writer?.detach();
    throw error;
  }
}

function openRing({ root, options }: { root: string; options: RingOptions }): OpenedDestination {
  const writer = createOrResume(
    () => RingWriter.create(root, options),
    () => RingWriter.resume(root, options.channelId),
  );
  if (writer !== null) {
    return { writer, records: writer.sequence, creationTime: writer.header.creationTime };
  }
  using reader = RingReader.open(root, options.channelId, {
    timeout: 'never',
    from: 'newest',
    observe: true,
  });
  return { writer, records: reader.sequence, creationTime: reader.header.creationTime };
}

/** Creates or resumes a channel. Returns null for a closed one. */
function createOrResume<W>(create: () => W, resume: () => W): W | null {
  try {
    return create();
  } catch (error) {
    if (!isRefusal(error, 'STORAGE_ALREADY_EXISTS')) throw error;
  }
  try {
    return resume();
  } catch (error) {
    if (isRefusal(error, 'CLOSED')) return null;
    throw error;
  }
}

function isRefusal(error: unknown, code: ErrorCode): boolean {
  return error instanceof RingwireError && error.code === code;
}
