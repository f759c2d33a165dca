/** Opening the destination of a relay: its writer, whose lock is then ours, and the number of its records. */
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

/** The channel to resume, or to create when it does not exist: `options` are those of its writer. */
export type DestinationOptions = { readonly root: string } & (
  | { readonly kind: 'log'; readonly options: ChannelOptions }
  | { readonly kind: 'ring'; readonly options: RingOptions }
);

export interface OpenedDestination {
  /** Null for a channel that was closed. */
  readonly writer: (Writer & { detach(): void }) | null;
  readonly records: number;
  readonly creationTime: bigint;
}

/** @throws RingwireError `WRITER_EXISTS`, and the other errors of creating and resuming a channel */
export function openDestination(destination: DestinationOptions): OpenedDestination {
  return destination.kind === 'log' ? openLog(destination) : openRing(destination);
}

function openLog({ root, options }: { root: string; options: ChannelOptions }): OpenedDestination {
  const writer = createOrResume(
    () => ShmWriter.create(root, options),
    () => ShmWriter.resume(root, options.channelId),
  );
  try {
    // Counted while the writer's lock is ours, so that no other process adds to it.
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

/** Null for a channel that was closed. */
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
