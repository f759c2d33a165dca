/** The service behind a control server. The supervisor implements it; this module knows no process manager. */

import type { ReloadReport } from './reload-report.js';
import type { Watch } from './watch.js';
import type { WireEntry } from './wire/message-layout.js';

/** An output of a process: 0 stdout, 1 stderr. */
export type LogStream = 0 | 1;

/** One event of a manager. */
export interface ControlEvent {
  /** Id of the process. */
  readonly id: string;
  /** One of the names of docs/control-protocol.md, such as `process.started`. */
  readonly type: string;
  /** Unix nanoseconds. */
  readonly time: bigint;
  /** Exit code of the process. Absent in events of cliwrap managers, as are the next two keys. */
  readonly exit?: number;
  /** Signal that ended the process, such as `SIGKILL`. */
  readonly signal?: string;
  /** What led to the event. */
  readonly reason?: string;
}

/** Which events a subscriber gets. */
export interface EventFilter {
  /** Process ids; empty or null means all. */
  readonly ids: readonly string[] | null;
  /** Event types; empty or null means all. */
  readonly types: readonly string[] | null;
}

/** Which part of the kept output a client gets. */
export interface SnapshotOptions {
  /** Only what arrived at this time or later, Unix nanoseconds; 0n means everything. */
  readonly since: bigint;
  /** Only the last lines, an unterminated tail counting as one; 0 means everything. */
  readonly lines: number;
  /** At most this many bytes, the newest. */
  readonly maxBytes: number;
}

/**
 * What a {@link ControlServer} serves. Methods may throw a `ControlError`: the client receives its text as `err`. A
 * promise may take as long as it needs; it delays only the connection that asked.
 */
export interface ControlService {
  /** All processes, in the order of registration. */
  list(): readonly WireEntry[];
  /** Status of one process. @throws ControlError `NOT_FOUND` */
  statusOf(id: string): WireEntry;
  /** Resolves when the process is ready. Without this method the server answers `unknown request`, as cliwrap does. */
  start?(id: string): Promise<void>;
  /** Resolves when the process has ended. @throws ControlError `NOT_FOUND`, `NOT_RUNNING` */
  stop(id: string): Promise<void>;
  /**
   * Compares the processes with those of a configuration and, unless `dryRun`, applies the difference. Without this
   * method, and each of the next ones, the server answers `unknown request`, as cliwrap does.
   * @param processes `ProcessSpec` objects as they came from the client, unchecked
   */
  reload?(processes: readonly object[], dryRun: boolean): Promise<ReloadReport>;
  /** Starts or stops instances until there are `count`. @throws ControlError `NOT_FOUND`, `REFUSED` */
  scale?(id: string, count: number): Promise<void>;
  /** Sends a signal to a process, or to its whole group. @throws ControlError `NOT_FOUND`, `NOT_RUNNING`, `REFUSED` */
  signal?(id: string, name: string, group: boolean): void;
  /** Resolves when all processes have stopped; the server closes afterwards. */
  shutdown?(): Promise<void>;
  /** Restarts a process, its instances one after the other. @throws ControlError `NOT_FOUND`, `REFUSED` */
  restart?(id: string): Promise<void>;
  /** The kept output of a process, in bytes that do not change; null for an unknown id or no output yet. */
  logsSnapshot(id: string, stream: LogStream, options: SnapshotOptions): Uint8Array | null;
  /** Output from now on; for an unknown id a watch that stays empty; the id '' means all processes. */
  watchLogs(id: string, stream: LogStream): Watch<Uint8Array>;
  /** Events from now on. */
  events(filter: EventFilter): Watch<ControlEvent>;
}
