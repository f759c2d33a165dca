/** Events of an observer. Times are nanoseconds since its start, on its own monotonic clock. */
import type { DecodeError } from '../frame/decode-error.js';
import type { WireVersion } from '../frame/frame-layout.js';
import type { Status } from '../frame/status.js';

/**
 * Transport of a frame. The kernel attests the senders of `socket`, a key those of `udp`, and file permissions those of
 * `channel`.
 */
export type BeatSource = 'socket' | 'channel' | 'udp';

interface ObservedAt {
  readonly nanos: number;
}

/** An accepted frame. */
export interface BeatEvent extends ObservedAt {
  /** Distinguishes the events: `beat`. */
  readonly kind: 'beat';
  /** Pid of the agent. */
  readonly pid: number;
  /** The transport of the frame. */
  readonly source: BeatSource;
  /** Wire version of the frame. */
  readonly version: WireVersion;
  /** The reported status. */
  readonly status: Status;
  /** 0 to 2^64-1; in wire version 2 to 2^32-1. */
  readonly payload: bigint;
  /** 1 for the first beat of a process; 2^64-1 in a terminal frame. */
  readonly nonce: bigint;
  /** The agent's own time: nanoseconds since it connected. */
  readonly timestamp: bigint;
  /** Whether this is the last frame of a crashing process. */
  readonly terminal: boolean;
  /** Whether the agent was stalled before. */
  readonly resumed: boolean;
  /** Source address; only by UDP. */
  readonly address?: string;
}

/** An agent has been silent for the threshold. One event for each period of silence. */
export interface StallEvent extends ObservedAt {
  /** Distinguishes the events: `stall`. */
  readonly kind: 'stall';
  /** Pid of the agent. */
  readonly pid: number;
  /** The transport of the frame. */
  readonly source: BeatSource;
  /** Nonce of the last accepted beat. */
  readonly lastNonce: bigint;
  /** Time of the last accepted frame, nanoseconds since the start of the observer. */
  readonly lastNanos: number;
  /** Source address of the last frame; only by UDP. */
  readonly address?: string;
}

/** 32 bytes that are not a valid frame. */
export interface DecodeEvent extends ObservedAt {
  /** Distinguishes the events: `decode`. */
  readonly kind: 'decode';
  /** The transport of the frame. */
  readonly source: BeatSource;
  /** The error with the violated rule. */
  readonly error: DecodeError;
}

/** A frame whose sender differs from its pid, or a sealed frame that was refused. */
export interface AuthEvent extends ObservedAt {
  /** Distinguishes the events: `auth`. */
  readonly kind: 'auth';
  /** The transport of the frame. */
  readonly source: BeatSource;
  /** The pid in the frame; 0 when it could not be read. */
  readonly claimedPid: number;
  /** Pid that the kernel attests; -1 when it attests none. */
  readonly senderPid: number;
  /** Uid that the kernel attests; -1 when it attests none. */
  readonly senderUid: number;
}

/** An error of a receive call. The observer continues. */
export interface IoEvent extends ObservedAt {
  /** Distinguishes the events: `io`. */
  readonly kind: 'io';
  /** The error as text. */
  readonly error: string;
}

/** A new agent took the slot of a dead one. */
export interface EvictionEvent extends ObservedAt {
  /** Distinguishes the events: `eviction`. */
  readonly kind: 'eviction';
  /** Pid of the agent. */
  readonly pid: number;
}

/** A recovery command and its outcome. */
export interface RecoveryEvent extends ObservedAt {
  /** Distinguishes the events: `recovery`. */
  readonly kind: 'recovery';
  /** Pid of the agent. */
  readonly pid: number;
  /** Result of the command. */
  readonly action: 'spawned' | 'failed' | 'exited' | 'killed' | 'refused';
  /** Pid of the command, if it started. */
  readonly child?: number;
  /** Exit code or signal, or the reason of a failure or refusal. */
  readonly detail?: string;
  /** Run time of the command in milliseconds, when it ended. */
  readonly durationMs?: number;
  /** Bytes captured from stdout; only with `captureOutput`, when the command ended. */
  readonly stdoutBytes?: number;
  /** Bytes captured from stderr; only with `captureOutput`, when the command ended. */
  readonly stderrBytes?: number;
  /** Whether the command wrote more than `captureBytes`; only with `captureOutput`, when the command ended. */
  readonly truncated?: boolean;
}

/** Any event of an observer; `kind` distinguishes them. */
export type HealthEvent =
  | BeatEvent
  | StallEvent
  | DecodeEvent
  | AuthEvent
  | IoEvent
  | EvictionEvent
  | RecoveryEvent;

/** The events of an observer by name. */
export interface HealthEvents {
  /** A frame was accepted. */
  beat: [event: BeatEvent];
  /** An agent has been silent for the threshold. */
  stall: [event: StallEvent];
  /** 32 bytes were not a valid frame. */
  decode: [event: DecodeEvent];
  /** A frame was refused because of its sender or seal. */
  auth: [event: AuthEvent];
  /** A receive call failed. */
  io: [event: IoEvent];
  /** A new agent took the slot of a dead one. */
  eviction: [event: EvictionEvent];
  /** A recovery command started, ended, failed or was refused. */
  recovery: [event: RecoveryEvent];
  /** Every event, after the event of its kind. */
  event: [event: HealthEvent];
}
