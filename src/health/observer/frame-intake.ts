/**
 * Checks a frame and passes it to the tracker. The order of the checks is normative: length, decode, sender, rate limit,
 * tracker. A malformed frame counts as a decode error for every sender.
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
import type { SealRefusal } from '../secure/secure-receiver.js';
import type { ObserverCounters } from './counters.js';
import type { BeatSource, HealthEvent } from './health-event.js';
import { type FrameHalves, isTerminal, type Run } from './nonce-run.js';
import { type RateLimits, TokenBucket } from './rate-limits.js';
import { type Slot, type Tracker, Verdict } from './tracker.js';
import type { UdpAgents, UdpSender } from './udp-agents.js';

/** Rate limit of events about refused UDP datagrams: events per second, and the largest burst. */
const REPORTS_PER_SECOND = 1;
const REPORT_BURST = 10;
const TWO_TO_32 = 0x1_0000_0000;

/** The parts of an observer that frames pass. */
export interface IntakeParts {
  readonly tracker: Tracker;
  readonly limits: RateLimits;
  readonly counters: ObserverCounters;
  readonly clock: Clock;
  readonly acceptVersions: readonly WireVersion[];
  readonly acceptUids: readonly number[];
  /** Whether beats have a listener. Without one their events are not created. */
  readonly wantsBeats: () => boolean;
  readonly emit: (event: HealthEvent) => void;
}

/** Checks frames and records them. */
export class FrameIntake {
  readonly #parts: IntakeParts;
  readonly #version1: boolean;
  readonly #version2: boolean;
  readonly #start: number;
  readonly #reports = new TokenBucket(REPORTS_PER_SECOND, REPORT_BURST);
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

  /** Nanoseconds since the start of the observer. */
  nanos(millis = this.#parts.clock.monotonicMillis()): number {
    return Math.round((millis - this.#start) * 1e6);
  }

  /** Takes a datagram of the Unix socket, with the pid and uid that the kernel attests; -1 when it attests none. */
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

  /** Takes a record of a channel. `index` numbers the channels from 1: each has its own agents. */
  record(buffer: Buffer, offset: number, length: number, index: number): void {
    if (!this.#isFrame(buffer, offset, length, 'channel')) return;
    const pid = buffer.readUInt32LE(offset + PID_OFFSET);
    this.#take(buffer, offset, 'channel', pid + index * TWO_TO_32);
  }

  /** Takes a frame of a UDP datagram, opened if it was sealed, and its sender. */
  udp(bytes: Buffer, length: number, sender: UdpSender, agents: UdpAgents): void {
    if (!this.#isFrame(bytes, 0, length, 'udp')) return;
    this.#read(bytes, 0);
    const now = this.#parts.clock.monotonicMillis();
    const session = agents.session(sender, this.#frame, now);
    this.#record(bytes[2] as WireVersion, 'udp', session.key, now, session, session.address);
  }

  /** Counts a datagram of an invalid length. A datagram of 0 bytes is a probe for an active observer and is not counted. */
  truncated(length: number): void {
    if (length > 0) this.#parts.counters.truncated++;
  }

  /** Counts a frame whose sender differs from its pid; -1 is an unknown pid or uid. */
  refuseSender(source: BeatSource, claimedPid: number, senderPid: number, senderUid: number): void {
    this.#parts.counters.authFailures++;
    if (!this.#mayReport(source)) return;
    this.#parts.emit({ kind: 'auth', nanos: this.nanos(), source, claimedPid, senderPid, senderUid });
  }

  /** Counts a sealed datagram that was refused. */
  refuseSealed(refusal: SealRefusal): void {
    if (refusal === 'decrypt') this.#parts.counters.decryptFailures++;
    else this.#parts.counters.replaysRefused++;
    this.refuseSender('udp', 0, -1, -1);
  }

  /** Counts and reports truncated control data. */
  controlTruncated(): void {
    this.#parts.counters.controlTruncated++;
    this.ioError('control data was truncated');
  }

  /** Counts and reports an error of a receive call. */
  ioError(error: string): void {
    this.#parts.counters.ioErrors++;
    this.#parts.emit({ kind: 'io', nanos: this.nanos(), error });
  }

  /** Reports a refused UDP datagram at a limited rate: any host may send datagrams. Every refusal is counted. */
  #mayReport(source: BeatSource): boolean {
    if (source !== 'udp' || this.#reports.take(this.#parts.clock.monotonicMillis())) return true;
    this.#parts.counters.eventsSuppressed++;
    return false;
  }

  #isFrame(bytes: Buffer, at: number, length: number, source: BeatSource): boolean {
    if (length !== FRAME_LENGTH) {
      this.truncated(length);
      return false;
    }
    const error = frameError(bytes, at, this.#version1, this.#version2);
    if (error === null) return true;
    this.#parts.counters.decodeErrors[error.kind]++;
    if (this.#mayReport(source)) this.#parts.emit({ kind: 'decode', nanos: this.nanos(), source, error });
    return false;
  }

  #take(bytes: Buffer, at: number, source: BeatSource, key: number): void {
    this.#read(bytes, at);
    this.#record(bytes[at + 2] as WireVersion, source, key, this.#parts.clock.monotonicMillis(), null, null);
  }

  /** Decodes the fields into the reused frame. */
  #read(bytes: Buffer, at: number): void {
    const frame = this.#frame;
    frame.pid = bytes.readUInt32LE(at + PID_OFFSET);
    frame.status = bytes[at + 3] as Status;
    frame.timestampLow = bytes.readUInt32LE(at + TIMESTAMP_OFFSET);
    frame.timestampHigh = bytes.readUInt32LE(at + TIMESTAMP_OFFSET + 4);
    frame.nonceLow = bytes.readUInt32LE(at + NONCE_OFFSET);
    frame.nonceHigh = bytes.readUInt32LE(at + NONCE_OFFSET + 4);
    frame.payloadLow = bytes.readUInt32LE(at + PAYLOAD_OFFSET);
    frame.payloadHigh = bytes[at + 2] === 1 ? bytes.readUInt32LE(at + PAYLOAD_OFFSET + 4) : 0;
  }

  #record(
    version: WireVersion,
    source: BeatSource,
    key: number,
    now: number,
    session: Run | null,
    address: string | null,
  ): void {
    const { tracker, counters, limits } = this.#parts;
    const frame = this.#frame;
    if (!isTerminal(frame)) {
      const limit = limits.refusal(now, tracker.find(key)?.lastMillis);
      if (limit !== null) {
        counters.rateLimited[limit]++;
        return;
      }
    }
    const verdict = tracker.record(key, source, frame, now, session);
    if (tracker.evicted !== null) this.#reportEviction(tracker.evicted);
    if (verdict === Verdict.Accepted) {
      (tracker.slot as Slot).address = address;
      this.#accepted(version, now);
    } else if (verdict === Verdict.OutOfOrder) counters.outOfOrder++;
    else counters.capacityExceeded++;
  }

  #accepted(version: WireVersion, now: number): void {
    const { tracker, counters, emit, wantsBeats } = this.#parts;
    counters.beats++;
    if (!wantsBeats()) return;
    const frame = this.#frame;
    const { source, address } = tracker.slot as Slot;
    emit({
      kind: 'beat',
      nanos: this.nanos(now),
      pid: frame.pid,
      source,
      version,
      status: frame.status,
      payload: joined(frame.payloadHigh, frame.payloadLow),
      nonce: joined(frame.nonceHigh, frame.nonceLow),
      timestamp: joined(frame.timestampHigh, frame.timestampLow),
      terminal: isTerminal(frame),
      resumed: tracker.resumed,
      ...(address === null ? {} : { address }),
    });
  }

  #reportEviction({ pid }: Slot): void {
    this.#parts.counters.evicted++;
    this.#parts.emit({ kind: 'eviction', nanos: this.nanos(), pid });
  }
}

/** Two 32-bit halves as one 64-bit number. */
export function joined(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
