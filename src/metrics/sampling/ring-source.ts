/** Samples of a ring: its counters and its reader slots. Reads no payload. */
import {
  holdsWriter,
  lagOf,
  paddedPayloadBytes,
  type ReaderFields,
  RingProbe,
  type RingTail,
  readableRecords,
  shareOf,
} from '../../channel/index.js';
import type { ReaderSample } from '../snapshot.js';
import { type ChannelLook, type ChannelSource, type Reused, timeoutOf } from './channel-source.js';
import { Liveness } from './liveness.js';

/** The readers of a sample. */
type Readers = (ReaderFields & Reused<ReaderSample>)[];

/** An open ring. */
export class RingSource implements ChannelSource {
  readonly #probe: RingProbe;
  readonly #look: Reused<ChannelLook>;
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
    const { path, header } = this.#probe;
    this.#look = {
      path,
      kind: 'ring',
      state: 'alive',
      pid: null,
      capacity: header.capacity,
      position: 0,
      oldestPosition: 0,
      records: 0,
      payloadBytes: 0,
      payloadExact: false,
      readableRecords: 0,
      caughtUp: true,
      fill: 0,
      restarts: 0,
      timeoutMs: timeoutOf(header),
      readers: [],
      error: null,
      errorCode: null,
    };
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
    const { epoch, oldest } = probe;
    const readers = this.#sampleReaders(end);
    let fill = 0;
    for (const reader of readers) {
      if (holdsWriter(reader)) fill = Math.max(fill, reader.lagBytes);
    }
    const look = this.#look;
    look.state = end.closed ? 'closed' : writerAlive === false ? 'dead' : 'alive';
    look.pid = this.#ownerIn(epoch);
    look.position = end.position;
    look.oldestPosition = oldest.position;
    look.records = end.sequence;
    look.payloadBytes = paddedPayloadBytes(end.position, end.sequence);
    look.readableRecords = readableRecords(end.sequence, oldest.sequence);
    look.fill = fill;
    look.restarts = epoch;
    look.readers = readers;
    return look;
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
    for (const sample of samples) {
      const { slot, position } = sample;
      const lagBytes = lagOf(end.position, position);
      sample.lagBytes = lagBytes;
      sample.lagRecords = lagBytes === 0 ? 0 : lagOf(end.sequence, this.#probe.sequenceAt(position, end));
      sample.lagShare = shareOf(lagBytes, capacity);
      sample.alive = this.#isAlive(slot);
    }
    sortByLag(samples);
    return samples;
  }
}

/** Sorts at most 32 readers in place, those with the largest lag first. `Array.sort` allocates. */
function sortByLag(readers: Readers): void {
  for (let i = 1; i < readers.length; i++) {
    const reader = readers[i] as Readers[number];
    let at = i;
    for (; at > 0 && (readers[at - 1] as Readers[number]).lagBytes < reader.lagBytes; at--) {
      readers[at] = readers[at - 1] as Readers[number];
    }
    readers[at] = reader;
  }
}

function newSample(): Readers[number] {
  // Written out: each object that a spread fills has a hidden class of its own.
  return {
    name: '',
    pid: 0,
    slot: 0,
    state: 'active',
    position: 0,
    lagBytes: 0,
    lagRecords: 0,
    lagShare: 0,
    lost: 0,
    laps: 0,
    alive: null,
  };
}
