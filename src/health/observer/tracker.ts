/**
 * State of the agents: one slot each, a fixed number of slots. Source: varta-watch.
 *
 * INV-TRACK-01: an accepted frame has a nonce above all regular ones before it, or it begins a new run (a wrap, or
 * another process with the same pid), or it is a terminal frame newer than the last.
 * INV-TRACK-02: a terminal frame never moves the mark of the regular nonces.
 * INV-TRACK-03: one stall per run of silence.
 */

import { Status } from '../frame/status.js';
import type { BeatSource } from './health-event.js';
import { advance, type FrameHalves, forgetRun, isNewer, type Run } from './nonce-run.js';

/** A stalled agent that was silent for so many thresholds may be evicted. */
const EVICTABLE_THRESHOLDS = 10;
/** Shortest time between two reads of the start time of one process, in milliseconds. */
const START_CHECK_MILLIS = 10;

/** Options of a {@link Tracker}. */
export interface TrackerOptions {
  readonly thresholdMs: number;
  /** Slots, 1 to 4096. */
  readonly capacity: number;
  /** `strict`: only stalled agents are evicted. `balanced`: failing that, any agent that was silent as long. */
  readonly eviction: 'strict' | 'balanced';
  /** {@link processStart}, or another for tests. */
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
  /** Observer's clock at the last accepted frame, in milliseconds. */
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
  /** No slot can stall before this, in milliseconds. */
  #nextStall = Number.POSITIVE_INFINITY;
  /** The slot of the last accepted frame, and whether it was stalled before. */
  slot: Slot | null = null;
  resumed = false;
  evicted: Slot | null = null;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** When the next check for stalls is due, in milliseconds of the observer's clock. */
  get nextStall(): number {
    return this.#nextStall;
  }

  slots(): IterableIterator<Slot> {
    return this.#slots.values();
  }

  find(key: number): Slot | undefined {
    return this.#slots.get(key);
  }

  /**
   * Records a frame. `key` identifies the agent. By UDP an agent may have several senders, whose nonces are compared
   * within their own `run`; elsewhere the agent is the sender.
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

  /** Time in which the observer did not run does not count as silence of an agent. */
  forgive(millis: number, now: number): void {
    for (const slot of this.#slots.values()) {
      if (!slot.stalled) slot.lastMillis = Math.min(now, slot.lastMillis + millis);
    }
  }

  /** Whether the pid of a slot belongs to another process than the one that sent the beats. */
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

  /** Whether a new process has the pid of a slot. Checked only when a nonce did not grow, and at a limited rate. */
  #isAnotherProcess(slot: Slot, now: number): boolean {
    // Nothing attests a sender by UDP: what follows a silence of the threshold counts as a new process.
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
