/** Events of an observer. Times are nanoseconds since its start, by its own monotonic clock. */
import type { DecodeError } from '../frame/decode-error.js';
import type { WireVersion } from '../frame/frame-layout.js';
import type { Status } from '../frame/status.js';

/** Transport of a frame: the kernel attests the senders of `socket`, a key those of `udp`, file permissions those of `channel`. */
export type BeatSource = 'socket' | 'channel' | 'udp';

interface ObservedAt {
  readonly nanos: number;
}

/** An accepted frame. */
export interface BeatEvent extends ObservedAt {
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
  /** Pid of the agent. */
  readonly pid: number;
  /** The transport of the frame. */
  readonly source: BeatSource;
  /** Nonce of the last accepted beat. */
  readonly lastNonce: bigint;
  /** When the last frame was accepted. */
  readonly lastNanos: number;
  /** Source address of the last frame; only by UDP. */
  readonly address?: string;
}

/** 32 bytes that are not a frame. */
export interface DecodeEvent extends ObservedAt {
  readonly kind: 'decode';
  /** The transport of the frame. */
  readonly source: BeatSource;
  /** The broken rule. */
  readonly error: DecodeError;
}

/** A frame of another sender than it claims, or a sealed frame that was refused. */
export interface AuthEvent extends ObservedAt {
  readonly kind: 'auth';
  /** The transport of the frame. */
  readonly source: BeatSource;
  /** The pid in the frame; 0 when it could not be read. */
  readonly claimedPid: number;
  /** Pid and uid that the kernel attests; -1 when it attests none. */
  readonly senderPid: number;
  readonly senderUid: number;
}

/** An error while receiving; the observer continues. */
export interface IoEvent extends ObservedAt {
  readonly kind: 'io';
  /** The error as text. */
  readonly error: string;
}

/** The slot of a dead agent was given to a new one. */
export interface EvictionEvent extends ObservedAt {
  readonly kind: 'eviction';
  /** Pid of the agent. */
  readonly pid: number;
}

/** A recovery command and its outcome. */
export interface RecoveryEvent extends ObservedAt {
  readonly kind: 'recovery';
  /** Pid of the agent. */
  readonly pid: number;
  /** What happened to the command. */
  readonly action: 'spawned' | 'failed' | 'exited' | 'killed' | 'refused';
  /** Pid of the command, if it was started. */
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

/** Any event of an observer; `kind` distinguishes them. */
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
