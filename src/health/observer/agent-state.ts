/** The state of an agent as the observer reports it. */
import type { Status } from '../frame/status.js';
import { joined } from './frame-intake.js';
import type { BeatSource } from './health-event.js';
import type { Slot } from './tracker.js';

/** The current state of an agent. */
export interface AgentState {
  /** Pid of the agent. */
  readonly pid: number;
  /** Transport of its frames. */
  readonly source: BeatSource;
  /** Source address of the last frame by UDP; null for other sources. */
  readonly address: string | null;
  /** The last status; `Stall` while the agent is silent. */
  readonly status: Status;
  /** Payload of the last accepted frame. */
  readonly payload: bigint;
  /** Highest regular nonce that was accepted. */
  readonly lastNonce: bigint;
  /** Milliseconds since the last accepted frame. */
  readonly silentMs: number;
  /** Number of accepted frames. */
  readonly beats: number;
  /** Number of stalls. */
  readonly stalls: number;
}

/** The state of a slot. `now`: milliseconds of the clock of the observer. */
export function stateOf(slot: Slot, now: number): AgentState {
  return {
    pid: slot.pid,
    source: slot.source,
    address: slot.address,
    status: slot.status,
    payload: joined(slot.payloadHigh, slot.payloadLow),
    lastNonce: joined(slot.nonceHigh, slot.nonceLow),
    silentMs: now - slot.lastMillis,
    beats: slot.beats,
    stalls: slot.stalls,
  };
}
