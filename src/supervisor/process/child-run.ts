/** One run of a process: a child that was spawned, or one that outlived its manager and was adopted. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Writable } from 'node:stream';
import { isRunning, readStat } from './proc-files.js';
import type { ResolvedSpec } from './process-spec.js';

/** How it ended. Of an adopted child nobody is told: both are null. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildRun {
  readonly pid: number;
  readonly startTime: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Monotonic milliseconds: when this manager started it, or adopted it. */
  readonly ownedSince: number;
  readonly adopted: boolean;
  readonly stdin: Writable | null;
  /** Resolves when the process itself is gone; its group may still live. */
  readonly exit: Promise<ChildExit>;
}

const LOOK_MILLIS = 100;

/**
 * Starts the command at the head of a session and group of its own.
 * @throws the error of the operating system when it cannot be executed
 */
export async function spawnChild(
  spec: ResolvedSpec,
  marks: Record<string, string>,
  openOutputs: () => [number, number],
): Promise<ChildRun> {
  const [out, err] = openOutputs();
  let child: ChildProcess;
  try {
    child = spawn(spec.command, spec.args, {
      detached: true,
      env: environmentOf(spec, marks),
      stdio: [spec.stdin === 'none' ? 'ignore' : spec.stdin, out, err],
      ...(spec.workdir === undefined ? {} : { cwd: spec.workdir }),
    });
  } finally {
    fs.closeSync(out);
    fs.closeSync(err);
  }
  const exit = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  const pid = child.pid as number;
  // Not yet waited for, so it is there even when it has ended already.
  const startTime = readStat(pid)?.startTime ?? '';
  return {
    pid,
    startTime,
    startedAt: Date.now(),
    ownedSince: performance.now(),
    adopted: false,
    stdin: child.stdin,
    exit,
  };
}

/** Takes over a child of a manager that died. */
export function adoptChild(record: { pid: number; startTime: string; startedAt: number }): ChildRun {
  const { pid, startTime, startedAt } = record;
  const exit = new Promise<ChildExit>((resolve) => {
    const timer = setInterval(() => {
      if (isRunning(pid, startTime)) return;
      clearInterval(timer);
      resolve({ code: null, signal: null });
    }, LOOK_MILLIS);
    timer.unref();
  });
  return { pid, startTime, startedAt, ownedSince: performance.now(), adopted: true, stdin: null, exit };
}

function environmentOf(spec: ResolvedSpec, marks: Record<string, string>): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, ...marks };
  for (const [name, value] of Object.entries(spec.env)) {
    if (value === null) delete environment[name];
    else environment[name] = value;
  }
  return environment;
}
