/** One run of a process: a child of this manager, or one that outlived its manager and was adopted. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Writable } from 'node:stream';
import { everyMs } from '../../platform/index.js';
import type { ResolvedSpec } from '../specification/process-spec.js';
import { withUmask } from '../specification/umask.js';
import { asUser, type ChildUser } from './child-user.js';
import { ageMs, isRunning, readStat } from './proc-files.js';

/** How a run ended. Both are null for an adopted child, whose exit code no process learns. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A run in progress, or ended. */
export interface ChildRun {
  readonly pid: number;
  /** Clock ticks since boot, as in /proc/PID/stat. */
  readonly startTime: string;
  /** Monotonic milliseconds of this process: when the run began, perhaps before this process did. */
  readonly startedAt: number;
  /** Monotonic milliseconds: when this manager started or adopted it. */
  readonly ownedSince: number;
  /** Whether an earlier manager started it. */
  readonly adopted: boolean;
  /** Input of the child when its `stdin` is `pipe`. */
  readonly stdin: Writable | null;
  /** Resolves when the process itself has ended; its group may still live. */
  readonly exit: Promise<ChildExit>;
}

const LOOK_MILLIS = 100;

/** What a child gets beside its specification. */
export interface ChildParts {
  /** Variables that identify it; see child-marks.ts. */
  readonly marks: Record<string, string>;
  /** null: the user of this process. */
  readonly user: ChildUser | null;
  /** Descriptor of a listening socket, or null. */
  readonly listening: number | null;
  /** Opens its stdout and its stderr. */
  readonly openOutputs: () => [number, number];
}

/** The child's descriptor of its listening socket: the first after stderr, as systemd passes it. */
const LISTEN_VARIABLES = { LISTEN_FDS: '1', LISTEN_FDNAMES: 'listen' };

/**
 * Starts the command as the leader of a session and group of its own.
 * @throws the error of the operating system, or an Error that names what is wrong, when it cannot be executed
 */
export async function spawnChild(
  spec: ResolvedSpec,
  { marks, user, listening, openOutputs }: ChildParts,
): Promise<ChildRun> {
  requireFolder(spec.workdir);
  const [out, err] = openOutputs();
  const { command, args, ids } = asUser(spec, user);
  let child: ChildProcess;
  try {
    const inherited = listening === null ? [out, err] : [out, err, listening];
    child = withUmask(spec.umask, () =>
      spawn(command, args, {
        detached: true,
        env: environmentOf(spec, listening === null ? marks : { ...LISTEN_VARIABLES, ...marks }),
        stdio: [spec.stdin === 'none' ? 'ignore' : spec.stdin, ...inherited],
        ...ids,
        ...(spec.workdir === undefined ? {} : { cwd: spec.workdir }),
      }),
    );
  } finally {
    fs.closeSync(out);
    fs.closeSync(err);
  }
  const exit = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, spec, command)));
  });
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  const pid = child.pid as number;
  const now = performance.now();
  const startTime = startTimeOf(pid);
  return { pid, startTime, startedAt: now, ownedSince: now, adopted: false, stdin: child.stdin, exit };
}

/** Takes over a child of a manager that died. */
export function adoptChild({ pid, startTime }: { pid: number; startTime: string }): ChildRun {
  const exit = new Promise<ChildExit>((resolve) => {
    const timer = everyMs(LOOK_MILLIS, () => {
      if (mayRun(pid, startTime)) return;
      timer.stop();
      resolve({ code: null, signal: null });
    }).unref();
  });
  const now = performance.now();
  const startedAt = now - ageMs(startTime);
  return { pid, startTime, startedAt, ownedSince: now, adopted: true, stdin: null, exit };
}

/** False only when it is certain that the process has ended. */
function mayRun(pid: number, startTime: string): boolean {
  try {
    return isRunning(pid, startTime);
  } catch {
    return true;
  }
}

/** The child is not yet waited for, so /proc has it even when it has ended. Without its start time it is killed. */
function startTimeOf(pid: number): string {
  try {
    return readStat(pid)?.startTime ?? '';
  } catch (error) {
    process.kill(-pid, 'SIGKILL');
    throw error;
  }
}

/** A missing `cwd` makes spawn fail with the name of the command, which misleads. */
function requireFolder(workdir: string | undefined): void {
  if (workdir === undefined) return;
  const stats = fs.statSync(workdir, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  throw new Error(`workdir ${workdir} ${stats === undefined ? 'does not exist' : 'is not a folder'}`);
}

/** People write a whole command line into `command`. */
function explain(error: NodeJS.ErrnoException, { command, user }: ResolvedSpec, spawned: string): Error {
  if (error.code === 'ENOENT' && spawned !== command) {
    return new Error(`user ${user} has supplementary groups, which needs ${spawned} of util-linux`, {
      cause: error,
    });
  }
  if (error.code !== 'ENOENT' || !/\s/.test(command)) return error;
  return new Error(`${error.message}: no shell splits the command; put its arguments into args`, {
    cause: error,
  });
}

function environmentOf(spec: ResolvedSpec, marks: Record<string, string>): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env };
  for (const [name, value] of Object.entries(spec.env)) {
    if (value === null) delete environment[name];
    else environment[name] = value;
  }
  return { ...environment, ...marks };
}
