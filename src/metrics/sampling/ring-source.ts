/** Samples of a ring: its counters and its reader slots. Reads no record. */
import { type RingReaderReport, type RingTail, RingView } from '../../channel/index.js';
import type { ReaderSample } from '../snapshot.js';
import { type ChannelLook, type ChannelSource, timeoutOf } from './channel-source.js';
import { Liveness } from './liveness.js';

/** Length in bytes of the header of a record. */
const RECORD_HEADER = 8;

/** A ring, mapped. */
export class RingSource implements ChannelSource {
  readonly #view: RingView;
  readonly #timeoutMs: number | null;
  readonly #readers = new Liveness();
  /** Process of the writer, and the epoch in which it was read. */
  #owner: { readonly epoch: number; readonly pid: number | null } | null = null;
  #position = -1;
  #now = 0;
  readonly #probe = (slot: number) => this.#view.slotAlive(slot);
  readonly #isReaderAlive = (slot: number) =>
    this.#readers.isAlive(slot, this.#view.slotPosition(slot), this.#now, this.#probe);

  constructor(root: string, id: bigint) {
    this.#view = RingView.open(root, id);
    this.#timeoutMs = timeoutOf(this.#view.header);
  }

  look(): ChannelLook {
    const view = this.#view;
    const { capacity } = view.header;
    this.#now = performance.now();
    const { end, writerAlive } = this.#writer();
    const oldest = view.oldest();
    const readers = view.readersBy(end.position, this.#isReaderAlive);
    const { epoch } = view;
    let fill = 0;
    for (const { state, alive, lag } of readers) {
      if (state === 'active' && alive !== false) fill = Math.max(fill, lag);
    }
    return {
      path: view.path,
      kind: 'ring',
      state: end.closed ? 'closed' : writerAlive === false ? 'dead' : 'alive',
      pid: this.#pid(epoch),
      capacity,
      position: end.position,
      oldestPosition: oldest.position,
      records: end.sequence,
      payloadBytes: end.position - RECORD_HEADER * end.sequence,
      payloadExact: false,
      readableRecords: end.sequence - oldest.sequence,
      caughtUp: true,
      fill,
      restarts: epoch,
      timeoutMs: this.#timeoutMs,
      readers: readers.map((reader) => this.#sampleOf(reader, end)),
      error: null,
      errorCode: null,
    };
  }

  [Symbol.dispose](): void {
    this.#view.close();
  }

  /** The end of the ring, and whether its writer lives: a writer that moved did. */
  #writer(): { readonly end: RingTail; readonly writerAlive: boolean | null } {
    const view = this.#view;
    const before = view.newest();
    const hasMoved = this.#position >= 0 && before.position !== this.#position;
    this.#position = before.position;
    if (hasMoved || before.closed) return { end: before, writerAlive: true };
    const { writerAlive } = view;
    // A writer that closed the ring after the first look also gave up the lock.
    return { end: writerAlive === false ? view.newest() : before, writerAlive };
  }

  #pid(epoch: number): number | null {
    if (this.#owner?.epoch !== epoch) this.#owner = { epoch, pid: this.#view.owner?.pid ?? null };
    return this.#owner.pid;
  }

  #sampleOf(reader: RingReaderReport, end: RingTail): ReaderSample {
    const { name, pid, slot, state, position, lag, lost, laps, alive } = reader;
    return {
      name,
      pid,
      slot,
      state,
      position,
      lagBytes: lag,
      lagRecords: lag === 0 ? 0 : Math.max(0, end.sequence - this.#view.sequenceAt(position, end)),
      lagShare: lag / this.#view.header.capacity,
      lost,
      laps,
      alive,
    };
  }
}
