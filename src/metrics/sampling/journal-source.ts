/** Samples of a journal: its end, followed from the newest segment, and its registered cursors. */
import {
  JournalReader,
  type JournalStatus,
  journalPaths,
  journalStatus,
  lagOf,
  paddedPayloadBytes,
  type RegisteredCursor,
  readableRecords,
  registeredCursors,
  shareOf,
} from '../../channel/index.js';
import type { ReaderSample } from '../snapshot.js';
import { type ChannelLook, type ChannelSource, endingOf, readUntil, timeoutOf } from './channel-source.js';

/** Milliseconds after which the oldest record and the owner are looked up again: both need several files. */
const STATUS_AGE_MILLIS = 5000;

/** A journal, read up to a position. */
export class JournalSource implements ChannelSource {
  readonly #root: string;
  readonly #id: bigint;
  readonly #reader: JournalReader;
  readonly #timeoutMs: number | null;
  #status: JournalStatus;
  #statusAt: number;

  constructor(root: string, id: bigint) {
    this.#root = root;
    this.#id = id;
    this.#status = journalStatus(root, id);
    this.#statusAt = performance.now();
    this.#reader = JournalReader.open(root, id, { timeout: 'never', from: 'newest' });
    this.#timeoutMs = timeoutOf(this.#reader.header);
  }

  look(deadline: number): ChannelLook {
    const reader = this.#reader;
    // The lock is checked first: otherwise a writer that closes meanwhile would count as dead.
    const alive = reader.writerAlive;
    const caughtUp = readUntil(reader, () => {}, deadline);
    const { position, sequence, header } = reader;
    if (performance.now() - this.#statusAt > STATUS_AGE_MILLIS) {
      this.#status = journalStatus(this.#root, this.#id);
      this.#statusAt = performance.now();
    }
    const { path, owner, oldestPosition, oldestSequence } = this.#status;
    const cursors = registeredCursors(journalPaths(this.#root, this.#id), header);
    return {
      ...{
        path,
        kind: 'journal',
        pid: owner?.pid ?? null,
        capacity: header.capacity,
        position,
        oldestPosition,
      },
      ...endingOf(reader, alive),
      records: sequence,
      payloadBytes: paddedPayloadBytes(position, sequence),
      payloadExact: false,
      readableRecords: readableRecords(sequence, oldestSequence),
      caughtUp,
      fill: position % header.capacity,
      restarts: null,
      timeoutMs: this.#timeoutMs,
      readers: cursors.map((cursor) => sampleOf(cursor, reader)).sort((a, b) => b.lagBytes - a.lagBytes),
    };
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }
}

function sampleOf(
  { name, place }: RegisteredCursor,
  { position, sequence, header }: JournalReader,
): ReaderSample {
  const at = place ?? { position: 0, sequence: 0 };
  const lagBytes = lagOf(position, at.position);
  return {
    ...{ name, pid: null, slot: null, state: 'cursor', position: at.position, lagBytes },
    ...{ lagRecords: lagOf(sequence, at.sequence), lagShare: shareOf(lagBytes, header.capacity) },
    ...{ lost: 0, laps: 0, alive: null },
  };
}
