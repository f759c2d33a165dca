/** What an observer tells. Times are nanoseconds since it began, by its own monotonic clock. */
import type { DecodeError } from '../frame/decode-error.js';
import type { WireVersion } from '../frame/frame-layout.js';
import type { Status } from '../frame/status.js';

/** How a frame came: the kernel attests senders of `socket`; a key may do so for `udp`; files guard a `channel`. */
export type BeatSource = 'socket' | 'channel' | 'udp';

interface ObservedAt {
  readonly nanos: number;
}

/** An accepted frame. */
export interface BeatEvent extends ObservedAt {
  readonly kind: 'beat';
  readonly pid: number;
  readonly source: BeatSource;
  readonly version: WireVersion;
  readonly status: Status;
  readonly payload: bigint;
  readonly nonce: bigint;
  /** The agent's own time: nanoseconds since it connected. */
  readonly timestamp: bigint;
  /** The last frame of a process that crashes. */
  readonly terminal: boolean;
  /** Whether the agent was stalled before. */
  readonly resumed: boolean;
  /** Source address; only by UDP. */
  readonly address?: string;
}

/** An agent has been silent for the threshold. One event per run of silence. */
export interface StallEvent extends ObservedAt {
  readonly kind: 'stall';
  readonly pid: number;
  readonly source: BeatSource;
  readonly lastNonce: bigint;
  /** When the last frame was accepted. */
  readonly lastNanos: number;
  /** Source address of the last frame; only by UDP. */
  readonly address?: string;
}

/** 32 bytes that are no frame. */
export interface DecodeEvent extends ObservedAt {
  readonly kind: 'decode';
  readonly source: BeatSource;
  readonly error: DecodeError;
}

/** A frame of somebody else than it says, or a sealed frame that no key opens. */
export interface AuthEvent extends ObservedAt {
  readonly kind: 'auth';
  readonly source: BeatSource;
  /** The pid in the frame; 0 when it could not be read. */
  readonly claimedPid: number;
  /** Who the kernel says it was; -1 when it says nothing. */
  readonly senderPid: number;
  readonly senderUid: number;
}

/** Something went wrong while receiving; the observer goes on. */
export interface IoEvent extends ObservedAt {
  readonly kind: 'io';
  readonly error: string;
}

/** A dead agent gave its place to a new one. */
export interface EvictionEvent extends ObservedAt {
  readonly kind: 'eviction';
  readonly pid: number;
}

/** A recovery command: what became of it. */
export interface RecoveryEvent extends ObservedAt {
  readonly kind: 'recovery';
  readonly pid: number;
  readonly action: 'spawned' | 'failed' | 'exited' | 'killed' | 'refused';
  /** Pid of the command, where it was started. */
  readonly child?: number;
  /** Exit code or signal, or why it failed or was refused. */
  readonly detail?: string;
  /** How long the command ran; when it ended. */
  readonly durationMs?: number;
  /** Captured bytes, and whether there were more; only with `captureOutput`, when it ended. */
  readonly stdoutBytes?: number;
  readonly stderrBytes?: number;
  readonly truncated?: boolean;
}

export type HealthEvent =
  | BeatEvent
  | StallEvent
  | DecodeEvent
  | AuthEvent
  | IoEvent
  | EvictionEvent
  | RecoveryEvent;

/** The events of an observer by name; `event` is every one of them. */
export interface HealthEvents {
  beat: [event: BeatEvent];
  stall: [event: StallEvent];
  decode: [event: DecodeEvent];
  auth: [event: AuthEvent];
  io: [event: IoEvent];
  eviction: [event: EvictionEvent];
  recovery: [event: RecoveryEvent];
  event: [event: HealthEvent];
}
