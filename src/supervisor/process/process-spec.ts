/** What a process is to be: checked and completed in one place. */
import path from 'node:path';
import { SupervisorError } from '../supervisor-error.js';

export type RestartPolicy = 'never' | 'on-failure' | 'always';

/** When a started process counts as running; without one, as soon as it has been spawned. */
export type ReadinessProbe =
  /** A text that a line of its stdout or stderr contains. */
  | { readonly log: string }
  /** A command that ends with 0; it runs in the process's folder and environment. */
  | { readonly exec: readonly string[] }
  /** A TCP port that accepts. */
  | { readonly port: number; readonly host?: string }
  /** A Unix socket that accepts. */
  | { readonly socket: string }
  /** A health beat (VLP) of the process with a status other than critical. */
  | { readonly beat: true };

export interface ProcessSpec {
  /** Letters, digits, `_` and `-`; unique. */
  readonly id: string;
  /** For people; empty by default. */
  readonly name?: string;
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to the environment of the manager; null takes a variable away. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly workdir?: string;
  /** Default `never`. */
  readonly restart?: RestartPolicy;
  /** Restarts in a row before it counts as failed; by default there is no limit. */
  readonly maxRestarts?: number;
  /** Milliseconds before the first restart, doubled each time up to one minute. Default 1000. */
  readonly restartBackoffMs?: number;
  /** Milliseconds it has to run for its restarts to be forgotten. Default 60 000. */
  readonly restartResetMs?: number;
  /** Milliseconds from SIGTERM to SIGKILL. Default 10 000. */
  readonly stopTimeoutMs?: number;
  /** Default `none`: an empty input. `pipe`: written to with {@link Manager.write}. */
  readonly stdin?: 'none' | 'pipe' | 'inherit';
  readonly resources?: ResourceLimits;
  /** Ids of processes that have to be running first. */
  readonly dependsOn?: readonly string[];
  readonly ready?: ReadinessProbe;
  /** Milliseconds it has to become ready. Default 30 000. */
  readonly readyTimeoutMs?: number;
  readonly liveness?: LivenessPolicy;
  /** What a new manager does with a child that outlived the one before. Default `adopt`. */
  readonly orphan?: 'adopt' | 'stop';
}

export interface ResourceLimits {
  /** Resident bytes of the process and its descendants. */
  readonly maxRss?: number;
  /** Percent of one core, as the mean over a second. */
  readonly maxCpuPercent?: number;
  /** Default `warn`: an event. `kill`: the process is stopped and its restart policy decides. */
  readonly onExceed?: 'warn' | 'kill';
}

export interface LivenessPolicy {
  /** Milliseconds without a health beat after which the process counts as stalled. */
  readonly timeoutMs: number;
  /** Default `restart`. */
  readonly onStall?: 'restart' | 'warn';
}

export type ResolvedSpec = Required<Omit<ProcessSpec, 'ready' | 'liveness' | 'workdir'>> & {
  readonly workdir: string | undefined;
  readonly ready: ReadinessProbe | undefined;
  readonly liveness: LivenessPolicy | undefined;
};

export const ID_PATTERN = /^[A-Za-z0-9_-]+$/;
const DAY = 86_400_000;

/** @throws SupervisorError `INVALID_SPECIFICATION`, naming the process and the key */
export function resolveSpec(spec: ProcessSpec): ResolvedSpec {
  if (typeof spec.id !== 'string' || !ID_PATTERN.test(spec.id)) {
    throw invalid(String(spec.id), 'id', 'must consist of letters, digits, _ and -');
  }
  const millis = (key: keyof ProcessSpec, fallback: number) => {
    const value = (spec[key] as number | undefined) ?? fallback;
    if (Number.isFinite(value) && value >= 0 && value <= DAY) return value;
    throw invalid(spec.id, key, `must be 0 to ${DAY} milliseconds, not ${value}`);
  };
  if (typeof spec.command !== 'string' || spec.command === '')
    throw invalid(spec.id, 'command', 'is required');
  return {
    id: spec.id,
    name: spec.name ?? '',
    command: spec.command,
    args: spec.args ?? [],
    env: spec.env ?? {},
    workdir: spec.workdir === undefined ? undefined : path.resolve(spec.workdir),
    restart: oneOf(spec, 'restart', spec.restart ?? 'never', ['never', 'on-failure', 'always']),
    maxRestarts: spec.maxRestarts ?? Number.POSITIVE_INFINITY,
    restartBackoffMs: millis('restartBackoffMs', 1_000),
    restartResetMs: millis('restartResetMs', 60_000),
    stopTimeoutMs: millis('stopTimeoutMs', 10_000),
    stdin: oneOf(spec, 'stdin', spec.stdin ?? 'none', ['none', 'pipe', 'inherit']),
    resources: spec.resources ?? {},
    dependsOn: spec.dependsOn ?? [],
    ready: spec.ready,
    readyTimeoutMs: millis('readyTimeoutMs', 30_000),
    liveness: spec.liveness,
    orphan: oneOf(spec, 'orphan', spec.orphan ?? 'adopt', ['adopt', 'stop']),
  };
}

function oneOf<T extends string>(spec: ProcessSpec, key: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw invalid(spec.id, key, `must be ${allowed.join(', ')}, not ${value}`);
}

function invalid(id: string, key: string, reason: string): SupervisorError {
  return new SupervisorError('INVALID_SPECIFICATION', `process '${id}': ${key} ${reason}`);
}
