/** Samples of a ring: its counters and its reader slots. Reads no payload. */
import { type ReaderFields, RingProbe, type RingTail, unnamedReader } from '../../channel/index.js';
import type { ReaderSample } from '../snapshot.js';
import { type ChannelLook, type ChannelSource, type Reused, timeoutOf } from './channel-source.js';
import { Liveness } from './liveness.js';

/** Length in bytes of the header of a record. */
const RECORD_HEADER = 8;

/** The readers of a sample. */
type Readers = (ReaderFields & Reused<ReaderSample>)[];

/** An open ring. */
export class RingSource implements ChannelSource {
  readonly #probe: RingProbe;
  readonly #timeoutMs: number | null;
  readonly #readers = new Liveness();
  /** Process of the writer, and the epoch in which it was read. */
  #pid: number | null = null;
  #epoch = -1;
  #position = -1;
  #now = 0;
  /** Those of this look, and those of the look before. */
  #samples: Readers = [];
  #earlierSamples: Readers = [];
  readonly #askKernel = (slot: number) => this.#probe.slotAlive(slot);
  readonly #isAlive = (slot: number) =>
    this.#readers.isAlive(slot, this.#probe.slotPosition(slot), this.#now, this.#askKernel);

  constructor(root: string, id: bigint) {
    this.#probe = new RingProbe(root, id);
    this.#timeoutMs = timeoutOf(this.#probe.header);
  }

  look(): ChannelLook {
    const probe = this.#probe;
    this.#now = performance.now();
    let end = probe.look();
    const hasMoved = this.#position >= 0 && end.position !== this.#position;
    // A writer that moved lives.
    const writerAlive = hasMoved || end.closed || probe.writerAlive;
    // A writer that closed the ring after the first look also gave up the lock.
    if (writerAlive === false) end = probe.look();
    this.#position = end.position;
    const { capacity } = probe.header;
    const { epoch, oldest } = probe;
    const readers = this.#sampleReaders(end);
    let fill = 0;
    for (const { state, alive, lagBytes } of readers) {
      if (state === 'active' && alive !== false) fill = Math.max(fill, lagBytes);
    }
    return {
      path: probe.path,
      kind: 'ring',
      state: end.closed ? 'closed' : writerAlive === false ? 'dead' : 'alive',
      pid: this.#ownerIn(epoch),
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
      readers,
      error: null,
      errorCode: null,
    };
  }

  [Symbol.dispose](): void {
    this.#probe[Symbol.dispose]();
  }

  #ownerIn(epoch: number): number | null {
    if (this.#epoch !== epoch) {
      this.#epoch = epoch;
      this.#pid = this.#probe.owner?.pid ?? null;
    }
    return this.#pid;
  }

  #sampleReaders(end: RingTail): Readers {
    const samples = this.#earlierSamples;
    this.#earlierSamples = this.#samples;
    this.#samples = samples;
    const { capacity } = this.#probe.header;
    this.#probe.readersInto(samples, newSample, this.#isAlive);
    let isSorted = true;
    let before = Number.POSITIVE_INFINITY;
    for (const sample of samples) {
      const { slot, position } = sample;
      const lagBytes = Math.max(0, end.position - position);
      sample.lagBytes = lagBytes;
      sample.lagRecords =
        lagBytes === 0 ? 0 : Math.max(0, end.sequence - this.#probe.sequenceAt(position, end));
      sample.lagShare = lagBytes / capacity;
      sample.alive = this.#isAlive(slot);
      isSorted &&= lagBytes <= before;
      before = lagBytes;
    }
    // A sort allocates.
    return isSorted ? samples : samples.sort((a, b) => b.lagBytes - a.lagBytes || a.slot - b.slot);
  }
}

function newSample(): Readers[number] {
  return { ...unnamedReader(), lagBytes: 0, lagRecords: 0, lagShare: 0, alive: null };
}
