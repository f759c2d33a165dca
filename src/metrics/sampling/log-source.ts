/** Samples of a log. A log has no counters: its records are read once, in steps. */
import { logOwner, ShmReader } from '../../channel/index.js';
import { type ChannelLook, type ChannelSource, endingOf, readUntil, timeoutOf } from './channel-source.js';

/** A log, read up to a position. */
export class LogSource implements ChannelSource {
  readonly #reader: ShmReader;
  readonly #pid: number | null;
  readonly #timeoutMs: number | null;
  #records = 0;
  #payloadBytes = 0;
  readonly #count = (_: Buffer, _offset: number, length: number) => {
    this.#records++;
    this.#payloadBytes += length;
  };

  constructor(root: string, id: bigint) {
    this.#reader = ShmReader.open(root, id, { timeout: 'never' });
    this.#pid = logOwner(root, id)?.pid ?? null;
    this.#timeoutMs = timeoutOf(this.#reader.header);
  }

  look(deadline: number): ChannelLook {
    const reader = this.#reader;
    // The lock is checked first: otherwise a writer that closes meanwhile would count as dead.
    const alive = reader.writerAlive;
    const caughtUp = readUntil(reader, this.#count, deadline);
    const { path, position, header } = reader;
    return {
      ...{ path, kind: 'log', pid: this.#pid, capacity: header.capacity, position, oldestPosition: 0 },
      ...{ records: this.#records, payloadBytes: this.#payloadBytes, payloadExact: true, caughtUp },
      ...endingOf(reader, alive),
      readableRecords: this.#records,
      fill: position,
      restarts: null,
      timeoutMs: this.#timeoutMs,
      readers: [],
    };
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }
}
