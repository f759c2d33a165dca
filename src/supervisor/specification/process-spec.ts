/** The specification of a process: checked and completed in one place, for programs and for configuration files. */
import path from 'node:path';
import { reasonOf } from '../../platform/index.js';
import { SupervisorError } from '../supervisor-error.js';
import type { ListenAddress } from './listen-address.js';
import { ID_RULE, isProcessId } from './process-id.js';
import { signalNamed } from './stop-signal.js';

/** Which ends of a process lead to a restart. */
export type RestartPolicy = 'never' | 'on-failure' | 'always';

/** When a started process counts as running; without a probe, as soon as it has been spawned. */
export type ReadinessProbe =
  /** A text in a line of its stdout or of its stderr. */
  | { readonly log: string }
  /** A command that exits with 0; it runs in the process's folder and environment. */
  | { readonly exec: readonly string[] }
  /** A TCP port that accepts, on `host` (default 127.0.0.1). */
  | { readonly port: number; readonly host?: string }
  /** A Unix socket that accepts. */
  | { readonly socket: string }
  /** A health beat (VLP) of the process with a status other than critical. */
  | { readonly beat: true };

/** A process to supervise. All durations are at most a day, rounded up to whole milliseconds. */
export interface ProcessSpec {
  /** 1 to 128 letters, digits, `_` and `-`; unique. */
  readonly id: string;
  /** Name for people. Default: empty. */
  readonly name?: string;
  /** The program; no shell reads it. */
  readonly command: string;
  /** Arguments of the program. Default: none. */
  readonly args?: readonly string[];
  /** Variables added to the environment of the manager; null removes one. Default: none. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** Working folder, absolute or relative to that of the manager. Default: that of the manager. */
  readonly workdir?: string;
  /**
   * Number of processes to run, 1 to 1000: instance 0 of `web` has the id `web-0`, and its number in the variable
   * `RINGWIRE_INSTANCE`. Default: one process with the id itself.
   */
  readonly instances?: number;
  /**
   * A listening socket that the manager opens and every instance inherits as descriptor 3. It stays open while the
   * manager runs, so no connection is refused during a restart. Default: none.
   */
  readonly listen?: ListenAddress;
  /** User name or id of the process; needs a manager that runs as root. Default: that of the manager. */
  readonly user?: string;
  /** Group name or id of the process; needs a manager that runs as root. Default: that of `user`. */
  readonly group?: string;
  /** File mode creation mask, 0 to 0o777. Default: that of the manager. */
  readonly umask?: number;
  /** Whether {@link Manager.startAll} starts it, also when no other process depends on it. Default true. */
  readonly autostart?: boolean;
  /** Whether each line of its log files begins with its time. Default false. */
  readonly logTimestamps?: boolean;
  /** When the process is restarted after it ended. Default `never`. */
  readonly restart?: RestartPolicy;
  /** Consecutive restarts before the process counts as failed, at least 0. Default: no limit. */
  readonly maxRestarts?: number;
  /** Milliseconds before the first restart, at least 10, doubled each time up to one minute. Default 1000. */
  readonly restartBackoffMs?: number;
  /** Milliseconds of running after which earlier restarts are forgotten, at least 100. Default 60 000. */
  readonly restartResetMs?: number;
  /** The signal that asks the process group to end. Default `SIGTERM`. */
  readonly stopSignal?: NodeJS.Signals;
  /** Milliseconds from the stop signal to SIGKILL. Default 10 000. */
  readonly stopTimeoutMs?: number;
  /**
   * Standard input. `none`: empty; `pipe`: {@link Manager.write} writes to it; `inherit`: that of the manager.
   * Default `none`.
   */
  readonly stdin?: 'none' | 'pipe' | 'inherit';
  /** Limits of memory and CPU. Default: no limits. */
  readonly resources?: ResourceLimits;
  /** Ids of processes that must run first; the id of a process with `instances` means all of them. Default: none. */
  readonly dependsOn?: readonly string[];
  /** When the process counts as ready. Default: as soon as it has been spawned. */
  readonly ready?: ReadinessProbe;
  /** Milliseconds in which the process must become ready. Default 30 000. */
  readonly readyTimeoutMs?: number;
  /** Supervision by health beats. Default: no beats are expected. */
  readonly liveness?: LivenessPolicy;
  /** What a new manager does with a child that outlived the previous manager. Default `adopt`. */
  readonly orphan?: 'adopt' | 'stop';
}

/** Limits for a process and its descendants. */
export interface ResourceLimits {
  /** Resident memory in bytes, at least 0. Default: no limit. */
  readonly maxRss?: number;
  /** Percent of one core, as the mean over a second, at least 0. Default: no limit. */
  readonly maxCpuPercent?: number;
  /** `warn`: report an event. `kill`: also stop the process; its restart policy decides what follows. Default `warn`. */
  readonly onExceed?: 'warn' | 'kill';
}

/** Supervision by health beats. */
export interface LivenessPolicy {
  /** Milliseconds without a health beat after which the process counts as stalled, at most a day. */
  readonly timeoutMs: number;
  /** `restart`: stop the process; its restart policy decides what follows. `warn`: report an event. Default `restart`. */
  readonly onStall?: 'restart' | 'warn';
}

type WithoutDefault = 'ready' | 'liveness' | 'workdir' | 'instances' | 'listen' | 'user' | 'group' | 'umask';

/** A specification with all defaults filled in. */
export type ResolvedSpec = Required<Omit<ProcessSpec, WithoutDefault>> & {
  readonly [K in WithoutDefault]: ProcessSpec[K] | undefined;
} & {
  /** Of an instance: the id of the process that it is an instance of. */
  readonly of?: string;
};

/** The longest duration of a specification, in milliseconds: a day. */
export const LONGEST_DURATION_MS = 86_400_000;
/** The shortest pause before a restart: without it, a crash loop uses a whole core. */
const LEAST_BACKOFF_MILLIS = 10;
const LEAST_RESET_MILLIS = 100;

/** Checks a specification and adds defaults. @throws SupervisorError `INVALID_SPECIFICATION`, naming process and key */
export function resolveSpec(spec: ProcessSpec): ResolvedSpec {
  if (!isProcessId(spec.id)) throw invalid(String(spec.id), 'id', ID_RULE);
  const { id } = spec;
  requireText(id, 'command', spec.command);
  if (spec.command === '') throw invalid(id, 'command', 'is required');
  for (const argument of spec.args ?? []) requireText(id, 'args', argument);
  if (spec.workdir !== undefined) requireText(id, 'workdir', spec.workdir);
  checkEnvironment(id, spec.env ?? {});
  if (spec.ready !== undefined) checkProbe(id, spec.ready, spec.listen);
  const { resources = {}, liveness } = spec;
  atLeastZero(id, 'resources.maxRss', resources.maxRss);
  atLeastZero(id, 'resources.maxCpuPercent', resources.maxCpuPercent);
  atLeastZero(id, 'maxRestarts', spec.maxRestarts);
  wholeIn(id, 'instances', spec.instances, 1, 1000);
  wholeIn(id, 'umask', spec.umask, 0, 0o777);
  wholeIn(id, 'listen.port', spec.listen?.port, 1, 65_535);
  for (const key of ['user', 'group'] as const) if (spec[key] !== undefined) requireText(id, key, spec[key]);
  const { maxRestarts = Number.POSITIVE_INFINITY } = spec;
  return {
    id,
    name: spec.name ?? '',
    command: spec.command,
    args: spec.args ?? [],
    env: spec.env ?? {},
    workdir: spec.workdir === undefined ? undefined : path.resolve(spec.workdir),
    instances: spec.instances,
    listen: spec.listen,
    user: spec.user,
    group: spec.group,
    umask: spec.umask,
    autostart: spec.autostart ?? true,
    logTimestamps: spec.logTimestamps ?? false,
    restart: oneOf(id, 'restart', spec.restart ?? 'never', ['never', 'on-failure', 'always']),
    maxRestarts,
    restartBackoffMs: Math.max(
      LEAST_BACKOFF_MILLIS,
      millis(id, 'restartBackoffMs', spec.restartBackoffMs ?? 1_000),
    ),
    restartResetMs: Math.max(LEAST_RESET_MILLIS, millis(id, 'restartResetMs', spec.restartResetMs ?? 60_000)),
    stopSignal: stopSignal(id, spec.stopSignal ?? 'SIGTERM'),
    stopTimeoutMs: millis(id, 'stopTimeoutMs', spec.stopTimeoutMs ?? 10_000),
    stdin: oneOf(id, 'stdin', spec.stdin ?? 'none', ['none', 'pipe', 'inherit']),
    resources: {
      ...resources,
      onExceed: oneOf(id, 'resources.onExceed', resources.onExceed ?? 'warn', ['warn', 'kill']),
    },
    dependsOn: spec.dependsOn ?? [],
    ready: withAbsolutePath(spec.ready),
    readyTimeoutMs: millis(id, 'readyTimeoutMs', spec.readyTimeoutMs ?? 30_000),
    liveness: liveness && {
      timeoutMs: millis(id, 'liveness.timeoutMs', liveness.timeoutMs),
      onStall: oneOf(id, 'liveness.onStall', liveness.onStall ?? 'restart', ['restart', 'warn']),
    },
    orphan: oneOf(id, 'orphan', spec.orphan ?? 'adopt', ['adopt', 'stop']),
  };
}

/** The current folder may change before an attempt. */
function withAbsolutePath(probe: ReadinessProbe | undefined): ReadinessProbe | undefined {
  if (probe === undefined || !('socket' in probe)) return probe;
  return { ...probe, socket: path.resolve(probe.socket) };
}

function checkEnvironment(id: string, env: Readonly<Record<string, string | null>>): void {
  for (const [name, value] of Object.entries(env)) {
    if (name === '' || name.includes('=') || name.includes('\0')) {
      throw invalid(id, 'env', `has the name '${name}', which must not be empty or contain = or NUL`);
    }
    if (value !== null) requireText(id, `env.${name}`, value);
  }
}

function checkProbe(id: string, probe: ReadinessProbe, listen: ListenAddress | undefined): void {
  if ('exec' in probe) {
    if ((probe.exec[0] ?? '') === '') throw invalid(id, 'ready.exec', 'must begin with a command');
    for (const word of probe.exec) requireText(id, 'ready.exec', word);
  } else if ('log' in probe && probe.log === '') {
    throw invalid(id, 'ready.log', 'must not be empty');
  } else if ('socket' in probe) {
    requireText(id, 'ready.socket', probe.socket);
    if (probe.socket === '') throw invalid(id, 'ready.socket', 'must not be empty');
  } else if ('port' in probe && probe.port === listen?.port) {
    throw invalid(
      id,
      'ready.port',
      'is the port of listen, which always accepts: use ready.log, exec or beat',
    );
  } else if ('port' in probe && !(Number.isInteger(probe.port) && probe.port >= 1 && probe.port <= 65_535)) {
    throw invalid(id, 'ready.port', `must be a whole number from 1 to 65535, not ${probe.port}`);
  }
}

/** The kernel ends texts at a NUL. */
function requireText(id: string, key: string, value: unknown): void {
  if (typeof value !== 'string') throw invalid(id, key, `must be a text, not ${String(value)}`);
  if (value.includes('\0')) throw invalid(id, key, 'must not contain NUL');
}

function millis(id: string, key: string, value: number): number {
  if (Number.isFinite(value) && value >= 0 && value <= LONGEST_DURATION_MS) return Math.ceil(value);
  throw invalid(id, key, `must be 0 to ${LONGEST_DURATION_MS} milliseconds, not ${value}`);
}

function atLeastZero(id: string, key: string, value: number | undefined): void {
  if (value !== undefined && !(value >= 0)) throw invalid(id, key, `must be at least 0, not ${value}`);
}

function wholeIn(id: string, key: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw invalid(id, key, `must be a whole number from ${least} to ${most}, not ${value}`);
}

function stopSignal(id: string, name: string): NodeJS.Signals {
  try {
    return signalNamed(name);
  } catch (error) {
    throw invalid(id, 'stopSignal', reasonOf(error));
  }
}

function oneOf<T extends string>(id: string, key: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw invalid(id, key, `must be one of ${allowed.join(', ')}, not '${value}'`);
}

function invalid(id: string, key: string, reason: string): SupervisorError {
  return new SupervisorError('INVALID_SPECIFICATION', `process '${id}': ${key} ${reason}`);
}
