/** Samples of a ring: its counters and its reader slots. Reads no record. */
import { type RingReaderReport, type RingTail, RingView } from '../../channel/index.js';
import type { ReaderSample } from '../snapshot.js';
import { type ChannelLook, type ChannelSource, timeoutOf } from './channel-source.js';

/** Length in bytes of the header of a record. */
const RECORD_HEADER = 8;

/** A ring, mapped. */
export class RingSource implements ChannelSource {
  readonly #view: RingView;
  readonly #timeoutMs: number | null;
  /** Process of the writer, and the epoch in which it was read. */
  #owner: { readonly epoch: number; readonly pid: number | null } | null = null;

  constructor(root: string, id: bigint) {
    this.#view = RingView.open(root, id);
    this.#timeoutMs = timeoutOf(this.#view.header);
  }

  look(): ChannelLook {
    const view = this.#view;
    const { header, path, epoch, writerAlive } = view;
    const { capacity } = header;
    const end = view.newest();
    const oldest = view.oldest();
    const readers = view.readers(end.position);
    return {
      ...{ path, kind: 'ring', capacity, pid: this.#pid(epoch), restarts: epoch, timeoutMs: this.#timeoutMs },
      state: end.closed ? 'closed' : writerAlive === false ? 'dead' : 'alive',
      position: end.position,
      oldestPosition: oldest.position,
      records: end.sequence,
      payloadBytes: end.position - RECORD_HEADER * end.sequence,
      payloadExact: false,
      readableRecords: end.sequence - oldest.sequence,
      caughtUp: true,
      fill: Math.max(0, ...readers.filter(blocksWriter).map(({ lag }) => lag)),
      readers: readers.map((reader) => this.#sampleOf(reader, end)),
      error: null,
      errorCode: null,
    };
  }

  [Symbol.dispose](): void {
    this.#view.close();
  }

  #pid(epoch: number): number | null {
    if (this.#owner?.epoch !== epoch) this.#owner = { epoch, pid: this.#view.owner?.pid ?? null };
    return this.#owner.pid;
  }

  #sampleOf(reader: RingReaderReport, end: RingTail): ReaderSample {
    const { name, pid, slot, state, position, lag, lost, laps, alive } = reader;
    return {
      ...{ name, pid, slot, state, position, lost, laps, alive },
      lagBytes: lag,
      lagRecords: lag === 0 ? 0 : Math.max(0, end.sequence - this.#view.sequenceAt(position, end)),
      lagShare: lag / this.#view.header.capacity,
    };
  }
}

function blocksWriter({ state, alive }: RingReaderReport): boolean {
  return state === 'active' && alive !== false;
}
