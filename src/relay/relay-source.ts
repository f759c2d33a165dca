/**
 * The source channel. It has two readers. One sends; the other stays at the first record that the receiver has not
 * confirmed. Because of the second one, a back-pressure ring and a journal with `keepForCursors` keep the records
 * that may have to be sent again.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import {
  channelKind,
  channelStatus,
  isBehind,
  JournalReader,
  type Reader,
  RingReader,
  ShmReader,
} from '../channel/index.js';
import { RingwireError } from '../platform/index.js';

/**
 * Receives a record. `sequence`: number of the record in its channel, from 0. The buffer is valid during the call
 * only.
 */
export type SourceHandler = (buffer: Buffer, offset: number, length: number, sequence: number) => void;

/** A reader that counts its records. */
interface NumberedReader {
  readonly reader: Reader;
  readonly sequence: number;
  poll(handler: SourceHandler, limit: number): number;
  /** Saves the position: later records are still needed, earlier ones are not. */
  hold?(): void;
}

type OpenReader = (after: NumberedReader | null) => NumberedReader;

/** Replaces a reader by one at the oldest record. */
type GoBack = (reader: NumberedReader, open: OpenReader) => NumberedReader;

/** The name under which the Aeron relay is registered in a ring or journal. */
const NAME = 'relay';

const LONGEST_KEY = 40;

const skip = () => {};

/** The name of a relay to a stream of an engine: of its cursor, and of its reader in a ring or journal. */
export function cursorName(engine: string, stream: string): string {
  const key = /^[A-Za-z0-9_-]+$/.test(stream) && stream.length <= LONGEST_KEY ? stream : null;
  return `${engine}-${key ?? createHash('sha256').update(stream).digest('hex').slice(0, 16)}`;
}

/** The source of a relay. */
export class RelaySource implements Disposable {
  /** The channel file, or the folder of a journal. */
  readonly path: string;
  /** Identifies this channel, also among later ones of the same name; 1 to 2^48-1. */
  readonly identity: number;
  readonly #open: OpenReader;
  readonly #goBack: GoBack;
  readonly #length: () => number | null;
  #confirmed: NumberedReader;
  #sending: NumberedReader;

  /**
   * @param name under which this relay is registered in a ring or journal
   * @throws RingwireError as opening a channel does; `NO_READER_SLOT` when a back-pressure ring has no place for a reader
   */
  static open(root: string, channelId: bigint | number, name = NAME): RelaySource {
    const readers = { log: logReaders, ring: ringReaders, journal: journalReaders };
    const kind = channelKind(root, channelId);
    const length = () => channelStatus(root, channelId).sequence;
    return new RelaySource(
      readers[kind](root, channelId, name),
      kind === 'ring' ? goBackInRing : goBack,
      length,
    );
  }

  private constructor(open: OpenReader, back: GoBack, length: () => number | null) {
    this.#open = open;
    this.#goBack = back;
    this.#length = length;
    this.#confirmed = open(null);
    this.#sending = open(this.#confirmed);
    const { header, path } = this.#confirmed.reader;
    this.path = path;
    // Creation times may be in seconds; inode and birth time distinguish channels of the same second.
    const { ino, birthtimeNs } = fs.statSync(path, { bigint: true });
    const name = [header.channelId, header.creationTime, ino, birthtimeNs].join(' ');
    this.identity = Math.max(1, createHash('sha256').update(name).digest().readUIntBE(0, 6));
  }

  /** Number of the first record that is not confirmed. */
  get confirmed(): number {
    return this.#confirmed.sequence;
  }

  /** Number of records that are not confirmed; null where the channel does not know its length. */
  get lag(): number | null {
    const length = this.#length();
    return length === null ? null : Math.max(0, length - this.confirmed);
  }

  /** Number of the next record that {@link poll} delivers. */
  get next(): number {
    return this.#sending.sequence;
  }

  /** Whether the writer has closed the channel and every record was delivered. */
  get isAtEnd(): boolean {
    return this.#sending.reader.endReason?.code === 'CLOSED';
  }

  /**
   * Delivers at most `limit` records.
   * @throws RingwireError for damage, and if a ring has evicted this reader
   */
  poll(handler: SourceHandler, limit: number): number {
    const count = this.#sending.poll(handler, limit);
    for (const { reader } of [this.#sending, this.#confirmed]) {
      if (reader.endReason !== null && reader.endReason.code !== 'CLOSED') throw reader.endReason;
    }
    return count;
  }

  /**
   * Confirms the records before `sequence`, which the source may discard.
   * @throws RingwireError `INVALID_POSITION`
   */
  confirm(sequence: number): void {
    if (this.#confirmed.sequence >= sequence) return;
    this.#advance(sequence);
    // A receiver may confirm what is being sent to it again.
    if (this.#sending.sequence < sequence) this.#sendFromConfirmed();
  }

  /**
   * Continues at the record `sequence`, or at the oldest available one.
   * @throws like {@link confirm}
   */
  goTo(sequence: number): void {
    if (sequence < this.#confirmed.sequence) this.#confirmed = this.#goBack(this.#confirmed, this.#open);
    this.#advance(sequence);
    this.#sendFromConfirmed();
  }

  #advance(sequence: number): void {
    while (this.#confirmed.sequence < sequence) {
      const count = this.#confirmed.poll(skip, sequence - this.#confirmed.sequence);
      if (count > 0 || isBehind(this.#confirmed.reader)) continue;
      throw new RingwireError(
        'INVALID_POSITION',
        `the receiver has ${sequence} records, ${this.path} only ${this.#confirmed.sequence}: the source was truncated, or another program wrote to the destination`,
        { path: this.path },
      );
    }
    this.#confirmed.hold?.();
  }

  #sendFromConfirmed(): void {
    this.#sending.reader.close();
    this.#sending = this.#open(this.#confirmed);
  }

  [Symbol.dispose](): void {
    this.#sending.reader.close();
    this.#confirmed.reader.close();
  }
}

/** The cursor of a journal has one reader at a time, and keeps its records without one. */
function goBack({ reader }: NumberedReader, open: OpenReader): NumberedReader {
  reader.close();
  return open(null);
}

/**
 * Opens the new reader before it closes the one that keeps records in a back-pressure ring, so that the writer overwrites
 * none of them in between. A new reader starts after what the writer has announced to overwrite; the given one may be at an
 * earlier record, and stays then. Only without a free slot is it closed first.
 */
function goBackInRing(held: NumberedReader, open: OpenReader): NumberedReader {
  let oldest: NumberedReader;
  try {
    oldest = open(null);
  } catch (error) {
    if (!(error instanceof RingwireError && error.code === 'NO_READER_SLOT')) throw error;
    return goBack(held, open);
  }
  const isOlder = oldest.sequence < held.sequence;
  (isOlder ? held : oldest).reader.close();
  return isOlder ? oldest : held;
}

/** Opens readers of a log, at its beginning or at the position of another reader. */
function logReaders(root: string, channelId: bigint | number) {
  return (after: NumberedReader | null): NumberedReader => {
    const reader = ShmReader.open(root, channelId, { timeout: 'never' });
    if (after !== null) reader.moveTo(after.reader.position);
    let sequence = after?.sequence ?? 0;
    return {
      reader,
      get sequence() {
        return sequence;
      },
      poll: (handler, limit) =>
        reader.poll((buffer, offset, length) => handler(buffer, offset, length, sequence++), limit),
    };
  };
}

/**
 * Opens readers of a ring. The second one is a fork of the first: another reader that is opened at a position counts what
 * the writer has announced to overwrite as lost, also where a registered reader still keeps it.
 */
function ringReaders(root: string, channelId: bigint | number, name: string) {
  return (after: NumberedReader | null): NumberedReader => {
    if (after !== null) return counting((after.reader as RingReader).fork());
    return counting(RingReader.open(root, channelId, { timeout: 'never', name }));
  };
}

/**
 * Opens readers of a journal. The first one has the cursor, which limits retention. The progress of the receiver, not
 * the cursor, decides its start position.
 */
function journalReaders(root: string, channelId: bigint | number, name: string) {
  return (after: NumberedReader | null): NumberedReader => {
    if (after !== null) {
      const from = { position: after.reader.position, sequence: after.sequence };
      return counting(JournalReader.open(root, channelId, { timeout: 'never', from }));
    }
    const reader = JournalReader.open(root, channelId, { timeout: 'never', cursor: name });
    try {
      using oldest = JournalReader.open(root, channelId, { timeout: 'never' });
      reader.moveToSequence(oldest.sequence);
    } catch (error) {
      reader.close();
      throw error;
    }
    return counting(reader, () => reader.saveCursor());
  };
}

/** Wraps a reader that counts its records. It counts a record before it delivers it. */
function counting(reader: RingReader | JournalReader, hold?: () => void): NumberedReader {
  return {
    reader,
    get sequence() {
      return reader.sequence;
    },
    poll: (handler, limit) =>
      reader.poll((buffer, offset, length) => handler(buffer, offset, length, reader.sequence - 1), limit),
    ...(hold === undefined ? {} : { hold }),
  };
}
