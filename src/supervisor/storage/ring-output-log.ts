/** One output of a process in two rings: its bytes, and the arrival time of each chunk. See ring-storage.ts. */
import type { RingWriter } from '../../channel/index.js';
import { lastLines, type SnapshotOptions, type Watch } from '../../control/index.js';
import { ListenerSet } from '../listener-set.js';
import { LONGEST_PIECE } from '../output/output-spool.js';
import { openOwnRing, openRing } from './open-ring.js';
import { RingWatch } from './ring-watch.js';
import type { OutputLog } from './storage.js';

const ARRIVAL_LENGTH = 16;
/** A ring holds this many of its longest pieces at least. */
const PIECES_KEPT = 16;

/** Keeps the newest bytes of one output. */
export class RingOutputLog implements OutputLog {
  readonly #folder: string;
  readonly #channel: number;
  readonly #output: RingWriter;
  readonly #arrivals: RingWriter;
  readonly #arrival = Buffer.alloc(ARRIVAL_LENGTH);
  readonly #signals = new ListenerSet();

  /** @param capacity bytes, a multiple of 2048 */
  constructor(folder: string, channel: number, capacity: number) {
    this.#folder = folder;
    this.#channel = channel;
    this.#output = openRing(folder, channel, capacity, Math.min(capacity / PIECES_KEPT, LONGEST_PIECE));
    try {
      // As many arrivals as there may be chunks of half a kilobyte.
      this.#arrivals = openRing(folder, channel + 1, capacity / 16, ARRIVAL_LENGTH);
    } catch (error) {
      this.#output.detach();
      throw error;
    }
  }

  get appended(): number {
    return this.#output.sequence;
  }

  get longestPiece(): number {
    return this.#output.header.maxMessageLength;
  }

  append(bytes: Buffer, arrival: bigint): void {
    this.#arrival.writeBigUInt64LE(BigInt(this.#output.writeOffset), 0);
    this.#arrival.writeBigInt64LE(arrival, 8);
    this.#arrivals.write(this.#arrival);
    this.#output.write(bytes);
    this.#signals.notify();
  }

  snapshot({ since, lines, maxBytes }: SnapshotOptions): Buffer | null {
    if (this.#output.writeOffset === 0) return null;
    const from = since > 0n ? this.#positionAt(since) : 0;
    const { capacity } = this.#output.header;
    const data = Buffer.allocUnsafeSlow(Math.min(capacity, this.#output.writeOffset));
    let end = 0;
    using reader = openOwnRing(this.#folder, this.#channel, 'oldest');
    const keep = (buffer: Buffer, offset: number, length: number, position: number) => {
      if (position < from) return;
      buffer.copy(data, end, offset, offset + length);
      end += length;
    };
    while (reader.poll(keep) > 0);
    const whole = data.subarray(0, end);
    const lined = lines > 0 ? lastLines(whole, lines) : whole;
    const cut = lined.subarray(Math.max(0, lined.length - maxBytes));
    // A few lines must not keep all the memory of a whole log.
    return cut.length * 2 < data.length ? Buffer.from(cut) : cut;
  }

  watch(): Watch<Uint8Array> {
    const reader = openOwnRing(this.#folder, this.#channel, 'newest');
    return new RingWatch(reader, this.#signals, (bytes) => bytes);
  }

  close(): void {
    this.#output.detach();
    this.#arrivals.detach();
  }

  /**
   * Position of the first chunk that arrived at `since` or later; after the last chunk when none did. The wall clock may
   * have been set back, so every arrival is compared. Chunks may be kept whose arrivals are not: when the oldest known
   * arrival is not before `since`, all chunks count, so that none is left out.
   */
  #positionAt(since: bigint): number {
    let found = Number.POSITIVE_INFINITY;
    let first = true;
    using reader = openOwnRing(this.#folder, this.#channel + 1, 'oldest');
    const look = (buffer: Buffer, offset: number) => {
      if (buffer.readBigInt64LE(offset + 8) >= since) {
        found = Math.min(found, first ? 0 : Number(buffer.readBigUInt64LE(offset)));
      }
      first = false;
    };
    while (reader.poll(look) > 0);
    return found;
  }
}
