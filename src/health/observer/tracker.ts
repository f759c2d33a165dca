/**
 * The state of the agents, one slot for each. The number of slots is fixed. Source: varta-watch.
 *
 * INV-TRACK-01: an accepted frame has a nonce above all earlier regular ones, or begins a new run (a wrap, or another
 * process with the same pid), or is a terminal frame newer than the last.
 * INV-TRACK-02: a terminal frame does not change the highest regular nonce.
 * INV-TRACK-03: one stall for each period of silence.
 */

import { Status } from '../frame/status.js';
import type { BeatSource } from './health-event.js';
import { advance, type FrameHalves, forgetRun, isNewer, type Run } from './nonce-run.js';

/** Thresholds of silence after which a stalled agent may be evicted. */
const EVICTABLE_THRESHOLDS = 10;
/** Milliseconds between two reads of the start time of one process. */
const START_CHECK_MILLIS = 10;

/** Options of a {@link Tracker}. */
export interface TrackerOptions {
  readonly thresholdMs: number;
  /** Slots, 1 to 4096. */
  readonly capacity: number;
  /** See `ObserverOptions.trackerEviction`. */
  readonly eviction: 'strict' | 'balanced';
  /** {@link processStart}, or a replacement for tests. */
  readonly processStart: (pid: number) => string | null;
}

/** One agent. */
export interface Slot extends Run {
  readonly key: number;
  readonly pid: number;
  readonly source: BeatSource;
  /** Source address of the last frame by UDP; null for other sources. */
  address: string | null;
  status: Status;
  stalled: boolean;
  /** Time of the last accepted frame, milliseconds of the clock of the observer. */
  lastMillis: number;
  payloadHigh: number;
  payloadLow: number;
  start: string | null;
  startCheckedMillis: number;
  beats: number;
  stalls: number;
}

/** Result of {@link Tracker.record}. */
export const Verdict = { Accepted: 0, OutOfOrder: 1, CapacityExceeded: 2 } as const;
/** One of {@link Verdict}. */
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Holds the slots of all agents. */
export class Tracker {
  readonly #slots = new Map<number, Slot>();
  readonly #options: TrackerOptions;
  /** Earliest time at which a slot can stall, in milliseconds. */
  #nextStall = Number.POSITIVE_INFINITY;
  /** The slot of the last accepted frame. */
  slot: Slot | null = null;
  /** Whether that slot was stalled before the frame. */
  resumed = false;
  /** The slot that the last frame evicted, or null. */
  evicted: Slot | null = null;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** Number of slots in use. */
  get size(): number {
    return this.#slots.size;
  }

  /** Time of the next check for stalls, milliseconds of the clock of the observer. */
  get nextStall(): number {
    return this.#nextStall;
  }

  /** All slots. */
  slots(): IterableIterator<Slot> {
    return this.#slots.values();
  }

  /** The slot of an agent. */
  find(key: number): Slot | undefined {
    return this.#slots.get(key);
  }

  /**
   * Records a frame.
   * @param key identifies the agent
   * @param session the run of the sender, if the agent may have several senders (UDP); by default the agent is the sender
   */
  record(
    key: number,
    source: BeatSource,
    frame: FrameHalves,
    now: number,
    session: Run | null = null,
  ): Verdict {
    this.evicted = null;
    this.resumed = false;
    let slot = this.#slots.get(key);
    const run = session ?? slot;
    if (run !== undefined && !isNewer(run, frame)) {
      if (slot !== undefined && !this.#isAnotherProcess(slot, now)) return Verdict.OutOfOrder;
      forgetRun(run);
    }
    if (slot === undefined) {
      if (this.#slots.size >= this.#options.capacity && !this.#evict(now)) return Verdict.CapacityExceeded;
      slot = this.#newSlot(key, source, frame.pid, now);
      this.#slots.set(key, slot);
      this.#nextStall = Math.min(this.#nextStall, now + this.#options.thresholdMs);
    }
    this.resumed = slot.stalled;
    advance(slot, frame);
    if (session !== null) advance(session, frame);
    if (slot.stalled && now + this.#options.thresholdMs < this.#nextStall) {
      this.#nextStall = now + this.#options.thresholdMs;
    }
    slot.lastMillis = now;
    slot.status = frame.status;
    slot.stalled = false;
    slot.payloadHigh = frame.payloadHigh;
    slot.payloadLow = frame.payloadLow;
    slot.beats++;
    this.slot = slot;
    return Verdict.Accepted;
  }

  /** Calls `stalled` for every agent whose silence has reached the threshold. */
  check(now: number, stalled: (slot: Slot) => void): void {
    if (now < this.#nextStall) return;
    let next = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots.values()) {
      if (slot.stalled) continue;
      const due = slot.lastMillis + this.#options.thresholdMs;
      if (due > now) {
        if (due < next) next = due;
        continue;
      }
      slot.stalled = true;
      slot.status = Status.Stall;
      slot.stalls++;
      stalled(slot);
    }
    this.#nextStall = next;
  }

  /** Subtracts time in which the observer did not run from the silence of all agents. */
  forgive(millis: number, now: number): void {
    for (const slot of this.#slots.values()) {
      if (!slot.stalled) slot.lastMillis = Math.min(now, slot.lastMillis + millis);
    }
  }

  /** Whether the pid of a slot belongs to a process that did not send its beats. */
  isRecycled(slot: Slot): boolean {
    if (slot.source === 'udp') return false;
    const start = this.#options.processStart(slot.pid);
    return start !== null && slot.start !== null && start !== slot.start;
  }

  #newSlot(key: number, source: BeatSource, pid: number, now: number): Slot {
    return {
      key,
      pid,
      source,
      address: null,
      status: Status.Ok,
      stalled: false,
      lastMillis: now,
      begun: false,
      nonceHigh: 0,
      nonceLow: 0,
      payloadHigh: 0,
      payloadLow: 0,
      terminalHigh: 0,
      terminalLow: 0,
      terminal: false,
      start: source === 'udp' ? null : this.#options.processStart(pid),
      startCheckedMillis: now,
      beats: 0,
      stalls: 0,
    };
  }

  /** Whether a new process has the pid of a slot. Called when a nonce did not grow; the check has a limited rate. */
  #isAnotherProcess(slot: Slot, now: number): boolean {
    // No sender is attested by UDP: a frame after a silence of the threshold counts as a new process.
    if (slot.source === 'udp') return now - slot.lastMillis >= this.#options.thresholdMs;
    if (now - slot.startCheckedMillis < START_CHECK_MILLIS) return false;
    slot.startCheckedMillis = now;
    const start = this.#options.processStart(slot.pid);
    if (start === null || start === slot.start) return false;
    slot.start = start;
    return true;
  }

  #evict(now: number): boolean {
    const silentSince = now - EVICTABLE_THRESHOLDS * this.#options.thresholdMs;
    const victim =
      this.#oldest((slot) => slot.stalled && slot.lastMillis < silentSince) ??
      (this.#options.eviction === 'balanced' ? this.#oldest((slot) => slot.lastMillis < silentSince) : null);
    if (victim === null) return false;
    this.#slots.delete(victim.key);
    this.evicted = victim;
    return true;
  }

  #oldest(eligible: (slot: Slot) => boolean): Slot | null {
    let oldest: Slot | null = null;
    for (const slot of this.#slots.values()) {
      if (eligible(slot) && (oldest === null || slot.lastMillis < oldest.lastMillis)) oldest = slot;
    }
    return oldest;
  }
}
