/**
 * The channel that records come into. How many it has is how far the relay is: a record and the step behind it become
 * visible by one and the same store, so there is no moment at which a death could part them.
 *
 * INV-RELAY-01: record d + i of the destination is record s + i of the source, for the newest pair (d, s) of the
 * bookmark, which is written before the first record it speaks of.
 */
import fs from 'node:fs';
import {
  type ChannelOptions,
  channelPaths,
  DurableCursor,
  type RingOptions,
  RingReader,
  RingWriter,
  ShmReader,
  ShmWriter,
  type Writer,
} from '../channel/index.js';
import { type ErrorCode, RingwireError } from '../platform/index.js';

const COUNTING_STRIDE = 65_536;

/** The channel to go on with, or to create where there is none. */
export type DestinationOptions = { readonly root: string } & (
  | { readonly kind: 'log'; readonly options: ChannelOptions }
  | { readonly kind: 'ring'; readonly options: RingOptions }
);

interface Opened {
  /** Null for a channel that was closed. */
  readonly writer: (Writer & { detach(): void }) | null;
  readonly records: number;
  readonly creationTime: bigint;
}

export class RelayDestination implements Disposable {
  readonly path: string;
  #writer: Opened['writer'];
  readonly #bookmark: DurableCursor;
  /** Records of the destination. */
  #records: number;
  #next: number;

  /**
   * Creates the channel, or goes on with it behind its last record.
   * @throws RingwireError `WRITER_EXISTS` while somebody else writes to it, `CURSOR_IN_USE` while another relay has it although it
   * is closed; as creating and resuming a channel does
   */
  static open(destination: DestinationOptions): RelayDestination {
    const { root, options } = destination;
    const { file } = channelPaths(root, options.channelId);
    const bookmark = `${file}.relay`;
    const isNew = !fs.existsSync(file);
    // What is left of a channel that was removed says nothing about the new one.
    if (isNew) fs.rmSync(bookmark, { force: true });
    const opened = destination.kind === 'log' ? openLog(destination) : openRing(destination);
    try {
      return new RelayDestination(file, bookmark, opened);
    } catch (error) {
      opened.writer?.detach();
      throw error;
    }
  }

  private constructor(path: string, bookmark: string, { writer, records, creationTime }: Opened) {
    this.path = path;
    this.#writer = writer;
    this.#records = records;
    this.#bookmark = DurableCursor.open(bookmark, { creationTime });
    const { saved: place } = this.#bookmark;
    this.#next = place === null ? 0 : place.sequence + records - place.position;
  }

  /** Number, in the source, of the record that is to come next. */
  get next(): number {
    return this.#next;
  }

  /** Identity of the source whose records these are; 0 before the first. */
  get source(): number {
    return this.#bookmark.saved?.userValue ?? 0;
  }

  get isClosed(): boolean {
    return this.#writer === null;
  }

  /**
   * The records of `source` follow, beginning with the one of this number.
   * @returns records that are lost for ever: the source has overwritten them
   * @throws RingwireError `INVALID_ARGUMENT` when this channel holds the records of another source
   */
  begin(source: number, sequence: number): number {
    if (this.source !== 0 && this.source !== source) throw otherSource(this.path);
    const lost = Math.max(0, sequence - this.#next);
    if (this.source === 0 || lost > 0) {
      this.#next += lost;
      this.#bookmark.save({ position: this.#records, sequence: this.#next, userValue: source });
      this.#bookmark.flush();
    }
    return lost;
  }

  /** Takes the record {@link next}. @returns a negative `WriteResult` when there is no room now */
  tryWrite(record: Uint8Array): number {
    const taken = (this.#writer as Writer).tryWrite(record);
    if (taken > 0) {
      this.#records++;
      this.#next++;
    }
    return taken;
  }

  /** What {@link tryWrite} answered, as an error. */
  fail(record: Uint8Array): never {
    (this.#writer as Writer).write(record);
    throw new RingwireError('INVALID_ARGUMENT', `${this.path} refused a record and then took it`);
  }

  /** Ends the channel: its readers finish. */
  close(): void {
    this.#writer?.close();
    this.#writer = null;
  }

  /** Lets go of the channel, so that another relay, or this one again, can go on. */
  [Symbol.dispose](): void {
    this.#writer?.detach();
    this.#writer = null;
    this.#bookmark.close();
  }
}

export function otherSource(path: string): RingwireError {
  return new RingwireError(
    'INVALID_ARGUMENT',
    `${path} is relayed with a channel of another source: give each source a destination of its own`,
    { path },
  );
}

function openLog({ root, options }: { root: string; options: ChannelOptions }): Opened {
  const writer = createOrResume(
    () => ShmWriter.create(root, options),
    () => ShmWriter.resume(root, options.channelId),
  );
  // Counted when the writer's lock is ours, so that nobody adds to it.
  using reader = ShmReader.open(root, options.channelId, { timeout: 'never' });
  let records = 0;
  for (let count = 1; count > 0; records += count) count = reader.poll(() => {}, COUNTING_STRIDE);
  return { writer, records, creationTime: reader.header.creationTime };
}

function openRing({ root, options }: { root: string; options: RingOptions }): Opened {
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
function createOrResume<W>(create: () => W, goOn: () => W): W | null {
  try {
    return create();
  } catch (error) {
    if (!isRefusal(error, 'STORAGE_ALREADY_EXISTS')) throw error;
  }
  try {
    return goOn();
  } catch (error) {
    if (isRefusal(error, 'CLOSED')) return null;
    throw error;
  }
}

function isRefusal(error: unknown, code: ErrorCode): boolean {
  return error instanceof RingwireError && error.code === code;
}
