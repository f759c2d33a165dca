/**
 * The way of a frame into the tracker. The order is normative: length, decode, sender, rate limit, tracker; so
 * garbage of strangers counts as garbage.
 */
import type { Clock } from '../../platform/index.js';
import {
  FRAME_LENGTH,
  frameError,
  NONCE_OFFSET,
  PAYLOAD_OFFSET,
  PID_OFFSET,
  TIMESTAMP_OFFSET,
  type WireVersion,
} from '../frame/frame-layout.js';
import { Status } from '../frame/status.js';
import type { ObserverCounters } from './counters.js';
import type { BeatSource, HealthEvent } from './health-event.js';
import type { RateLimits } from './rate-limits.js';
import { type FrameHalves, isTerminal, type Slot, type Tracker, Verdict } from './tracker.js';

const TWO_TO_32 = 0x1_0000_0000;

export interface IntakeParts {
  readonly tracker: Tracker;
  readonly limits: RateLimits;
  readonly counters: ObserverCounters;
  readonly clock: Clock;
  readonly acceptVersions: readonly WireVersion[];
  readonly acceptUids: readonly number[];
  /** Whether anybody listens to beats: their events are not made otherwise. */
  readonly wantsBeats: () => boolean;
  readonly emit: (event: HealthEvent) => void;
}

export class FrameIntake {
  readonly #parts: IntakeParts;
  readonly #version1: boolean;
  readonly #version2: boolean;
  readonly #start: number;
  readonly #frame: FrameHalves = {
    pid: 0,
    status: Status.Ok,
    timestampHigh: 0,
    timestampLow: 0,
    nonceHigh: 0,
    nonceLow: 0,
    payloadHigh: 0,
    payloadLow: 0,
  };

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#version1 = parts.acceptVersions.includes(1);
    this.#version2 = parts.acceptVersions.includes(2);
    this.#start = parts.clock.monotonicMillis();
  }

  /** Nanoseconds since the observer began. */
  nanos(millis = this.#parts.clock.monotonicMillis()): number {
    return Math.round((millis - this.#start) * 1e6);
  }

  /** A datagram of the Unix socket, with what the kernel says about its sender. */
  datagram(bytes: Buffer, length: number, senderPid: number, senderUid: number): void {
    if (!this.#isFrame(bytes, 0, length, 'socket')) return;
    if (senderPid < 0) {
      this.ioError('kernel did not attach SCM_CREDENTIALS ancillary data');
      return;
    }
    const claimedPid = bytes.readUInt32LE(PID_OFFSET);
    if (senderPid !== claimedPid || !this.#parts.acceptUids.includes(senderUid)) {
      this.refuseSender('socket', claimedPid, senderPid, senderUid);
      return;
    }
    this.#take(bytes, 0, 'socket', claimedPid);
  }

  /** A record of a channel. `index` numbers the channels from 1: each has agents of its own. */
  record(buffer: Buffer, offset: number, length: number, index: number): void {
    if (!this.#isFrame(buffer, offset, length, 'channel')) return;
    const pid = buffer.readUInt32LE(offset + PID_OFFSET);
    this.#take(buffer, offset, 'channel', pid + index * TWO_TO_32);
  }

  /** A frame that came by UDP, opened if it was sealed. `index`: a number no channel has. */
  udp(bytes: Buffer, length: number, index: number): void {
    if (!this.#isFrame(bytes, 0, length, 'udp')) return;
    this.#take(bytes, 0, 'udp', bytes.readUInt32LE(PID_OFFSET) + index * TWO_TO_32);
  }

  /** Counts what is no frame by its length; nothing at all is how somebody asks whether we live. */
  truncated(length: number): void {
    if (length > 0) this.#parts.counters.truncated++;
  }

  refuseSender(source: BeatSource, claimedPid: number, senderPid: number, senderUid: number): void {
    this.#parts.counters.authFailures++;
    this.#parts.emit({ kind: 'auth', nanos: this.nanos(), source, claimedPid, senderPid, senderUid });
  }

  ioError(error: string): void {
    this.#parts.counters.ioErrors++;
    this.#parts.emit({ kind: 'io', nanos: this.nanos(), error });
  }

  #isFrame(bytes: Buffer, at: number, length: number, source: BeatSource): boolean {
    if (length !== FRAME_LENGTH) {
      this.truncated(length);
      return false;
    }
    const error = frameError(bytes, at, this.#version1, this.#version2);
    if (error === null) return true;
    this.#parts.counters.decodeErrors[error.kind]++;
    this.#parts.emit({ kind: 'decode', nanos: this.nanos(), source, error });
    return false;
  }

  #take(bytes: Buffer, at: number, source: BeatSource, key: number): void {
    const { tracker, counters, clock } = this.#parts;
    const frame = this.#frame;
    const version = bytes[at + 2] as WireVersion;
    frame.pid = bytes.readUInt32LE(at + PID_OFFSET);
    frame.status = bytes[at + 3] as Status;
    frame.timestampLow = bytes.readUInt32LE(at + TIMESTAMP_OFFSET);
    frame.timestampHigh = bytes.readUInt32LE(at + TIMESTAMP_OFFSET + 4);
    frame.nonceLow = bytes.readUInt32LE(at + NONCE_OFFSET);
    frame.nonceHigh = bytes.readUInt32LE(at + NONCE_OFFSET + 4);
    frame.payloadLow = bytes.readUInt32LE(at + PAYLOAD_OFFSET);
    frame.payloadHigh = version === 1 ? bytes.readUInt32LE(at + PAYLOAD_OFFSET + 4) : 0;
    const now = clock.monotonicMillis();
    if (!isTerminal(frame)) {
      const limit = this.#parts.limits.refusal(now, tracker.find(key)?.lastMillis);
      if (limit !== null) {
        counters.rateLimited[limit]++;
        return;
      }
    }
    const verdict = tracker.record(key, source, frame, now);
    if (tracker.evicted !== null) this.#tellEviction(tracker.evicted);
    if (verdict === Verdict.Accepted) this.#accepted(version, now);
    else if (verdict === Verdict.OutOfOrder) counters.outOfOrder++;
    else counters.capacityExceeded++;
  }

  #accepted(version: WireVersion, now: number): void {
    const { tracker, counters, emit, wantsBeats } = this.#parts;
    counters.beats++;
    if (!wantsBeats()) return;
    const frame = this.#frame;
    emit({
      kind: 'beat',
      nanos: this.nanos(now),
      pid: frame.pid,
      source: (tracker.slot as Slot).source,
      version,
      status: frame.status,
      payload: joined(frame.payloadHigh, frame.payloadLow),
      nonce: joined(frame.nonceHigh, frame.nonceLow),
      timestamp: joined(frame.timestampHigh, frame.timestampLow),
      terminal: isTerminal(frame),
      resumed: tracker.resumed,
    });
  }

  #tellEviction({ pid }: Slot): void {
    this.#parts.counters.evicted++;
    this.#parts.emit({ kind: 'eviction', nanos: this.nanos(), pid });
  }
}

/** Two halves as one number of 64 bits. */
export function joined(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
