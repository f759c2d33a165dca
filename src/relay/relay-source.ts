/**
 * The source channel. Two readers: one sends, one stays at the first record that the other end
 * has not confirmed. The second one is why a back-pressure ring, and a journal that keeps what its cursors have not
 * read, keep what may have to be sent again.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import {
  channelKind,
  isBehind,
  JournalReader,
  type Reader,
  RingReader,
  ShmReader,
} from '../channel/index.js';
import { RingwireError } from '../platform/index.js';

/** `sequence`: number of the record in its channel, from 0. The view is valid during the call only. */
export type SourceHandler = (buffer: Buffer, offset: number, length: number, sequence: number) => void;

/** A reader that knows the number of its next record. */
interface NumberedReader {
  readonly reader: Reader;
  readonly sequence: number;
  poll(handler: SourceHandler, limit: number): number;
  /** Saves the position: earlier records are not needed any more, later ones are. */
  hold?(): void;
}

type OpenReader = (after: NumberedReader | null) => NumberedReader;

/** The name under which the relay is registered in a ring or journal. */
const NAME = 'relay';

const skip = () => {};

export class RelaySource implements Disposable {
  readonly path: string;
  /** Tells this channel from any other, also from a later one of the same name; 1 to 2^48-1. */
  readonly identity: number;
  readonly #open: OpenReader;
  #confirmed: NumberedReader;
  #sending: NumberedReader;

  /** @throws RingwireError as opening a channel does; `NO_READER_SLOT` when a back-pressure ring has no place for a reader */
  static open(root: string, channelId: bigint | number): RelaySource {
    const readers = { log: logReaders, ring: ringReaders, journal: journalReaders };
    return new RelaySource(readers[channelKind(root, channelId)](root, channelId));
  }

  private constructor(open: OpenReader) {
    this.#open = open;
    this.#confirmed = open(null);
    this.#sending = open(this.#confirmed);
    const { header, path } = this.#confirmed.reader;
    this.path = path;
    // Creation times may be in seconds: the file itself distinguishes two channels of one second.
    const { ino, birthtimeNs } = fs.statSync(path, { bigint: true });
    const name = [header.channelId, header.creationTime, ino, birthtimeNs].join(' ');
    this.identity = Math.max(1, createHash('sha256').update(name).digest().readUIntBE(0, 6));
  }

  /** Number of the first record that is not confirmed. */
  get confirmed(): number {
    return this.#confirmed.sequence;
  }

  /** Number of the record that {@link poll} hands out next. */
  get next(): number {
    return this.#sending.sequence;
  }

  /** Whether the writer has closed the channel and every record was handed out. */
  get isAtEnd(): boolean {
    return this.#sending.reader.endReason?.code === 'CLOSED';
  }

  /** Hands out at most `limit` records. @throws RingwireError for damage, and when a ring has put this reader out */
  poll(handler: SourceHandler, limit: number): number {
    const count = this.#sending.poll(handler, limit);
    for (const { reader } of [this.#sending, this.#confirmed]) {
      if (reader.endReason !== null && reader.endReason.code !== 'CLOSED') throw reader.endReason;
    }
    return count;
  }

  /** Records before `sequence` are confirmed and may be forgotten. @throws RingwireError `INVALID_POSITION` */
  confirm(sequence: number): void {
    if (this.#confirmed.sequence >= sequence) return;
    while (this.#confirmed.sequence < sequence) {
      const count = this.#confirmed.poll(skip, sequence - this.#confirmed.sequence);
      if (count > 0 || isBehind(this.#confirmed.reader)) continue;
      throw new RingwireError(
        'INVALID_POSITION',
        `the other end has ${sequence} records, ${this.path} only ${this.#confirmed.sequence}: it was cut, or the destination was filled by another program`,
        { path: this.path },
      );
    }
    this.#confirmed.hold?.();
  }

  /** Sending continues at the record `sequence`, or at the oldest one that still exists. @throws like {@link confirm} */
  goTo(sequence: number): void {
    if (sequence < this.#confirmed.sequence) {
      this.#confirmed.reader.close();
      this.#confirmed = this.#open(null);
    }
    this.confirm(sequence);
    this.#confirmed.hold?.();
    this.#sending.reader.close();
    this.#sending = this.#open(this.#confirmed);
  }

  [Symbol.dispose](): void {
    this.#sending.reader.close();
    this.#confirmed.reader.close();
  }
}

/** Opens readers of a log, at its beginning or where another one stands. */
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

/** Opens readers of a ring: the first one registers where the ring waits for readers, the second one needs not. */
function ringReaders(root: string, channelId: bigint | number) {
  return (after: NumberedReader | null): NumberedReader => {
    const place =
      after === null
        ? { from: 'oldest' as const, name: NAME }
        : { from: { position: after.reader.position, sequence: after.sequence }, observe: true };
    return counting(RingReader.open(root, channelId, { timeout: 'never', ...place }));
  };
}

/**
 * Opens readers of a journal. The first one has the cursor, which holds back what retention may delete; where it begins
 * is no matter of the cursor, but of what the other end has.
 */
function journalReaders(root: string, channelId: bigint | number) {
  return (after: NumberedReader | null): NumberedReader => {
    if (after !== null) {
      const from = { position: after.reader.position, sequence: after.sequence };
      return counting(JournalReader.open(root, channelId, { timeout: 'never', from }));
    }
    const reader = JournalReader.open(root, channelId, { timeout: 'never', cursor: NAME });
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

/** Of a reader that counts by itself: while a record is handed out, it is counted already. */
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
