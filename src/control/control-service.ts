/** What a control server serves. The supervisor implements it; the control room knows no process manager. */

import type { Watch } from './watch.js';
import type { WireEntry } from './wire/message-layout.js';

/** 0 stdout, 1 stderr. */
export type LogStream = 0 | 1;

export interface ControlEvent {
  /** Id of the process. */
  readonly id: string;
  /** One of the names of docs/control-protocol.md, such as `process.started`. */
  readonly type: string;
  /** Unix nanoseconds. */
  readonly time: bigint;
  /** Ours: exit code, signal name and what led to it, where there is one. */
  readonly exit?: number;
  readonly signal?: string;
  readonly reason?: string;
}

export interface EventFilter {
  /** Process ids; empty or null means all. */
  readonly ids: readonly string[] | null;
  /** Event types; empty or null means all. */
  readonly types: readonly string[] | null;
}

export interface SnapshotOptions {
  /** Only what arrived at this time or later, Unix nanoseconds; 0n means everything. */
  readonly since: bigint;
  /** Only the last lines, an unterminated tail counting as one; 0 means everything. */
  readonly lines: number;
  /** The newest bytes that may be returned. */
  readonly maxBytes: number;
}

/**
 * Methods may throw a `ControlError`: its text goes to the client as `err`. Those that return a promise may take
 * as long as they need; they hold up the connection that asked, and no other.
 */
export interface ControlService {
  /** All processes, in the order of registration. */
  list(): readonly WireEntry[];
  /** @throws ControlError `NOT_FOUND` */
  statusOf(id: string): WireEntry;
  /** Without this method the server answers a start as published cliwrap servers do: unknown request. */
  start?(id: string): Promise<void>;
  /** Resolves when the process is gone. @throws ControlError `NOT_FOUND`, `NOT_RUNNING` */
  stop(id: string): Promise<void>;
  /** What is kept of a process's output, in bytes that stay as they are; null for an unknown id or no output yet. */
  logsSnapshot(id: string, stream: LogStream, options: SnapshotOptions): Uint8Array | null;
  /** Output from now on; for an unknown id a watch that stays empty; the id '' means all processes. */
  watchLogs(id: string, stream: LogStream): Watch<Uint8Array>;
  /** Events from now on. */
  events(filter: EventFilter): Watch<ControlEvent>;
}
