/** Waits until a started process is of use. */
import { spawn } from 'node:child_process';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ReadinessProbe, ResolvedSpec } from './process-spec.js';

const INTERVAL_MILLIS = 50;
const ATTEMPT_MILLIS = 2_000;

/** What a probe may have to watch of the process. */
export interface ReadinessSigns {
  /** Resolves when a line of the output contains the text. */
  line(text: string, signal: AbortSignal): Promise<void>;
  /** Resolves at a health beat of the process. */
  beat(signal: AbortSignal): Promise<void>;
}

/** What became of waiting: `ended` the process, `late` the time for it, `stopped` the one who waited. */
export type Readiness = 'ready' | 'ended' | 'late' | 'stopped';

/** Waits until the process of `exit` is ready, or will not be. */
export async function awaitReadiness(
  spec: ResolvedSpec,
  signs: ReadinessSigns,
  exit: Promise<unknown>,
  stop: AbortSignal,
): Promise<Readiness> {
  if (spec.ready === undefined) return 'ready';
  const ended = new AbortController();
  void exit.then(() => ended.abort());
  const signal = AbortSignal.any([stop, ended.signal, AbortSignal.timeout(spec.readyTimeoutMs)]);
  try {
    await untilReady(spec, spec.ready, signs, signal);
    return 'ready';
  } catch {
    if (stop.aborted) return 'stopped';
    return ended.signal.aborted ? 'ended' : 'late';
  }
}

/** @throws the signal's reason when it aborts */
async function untilReady(
  spec: ResolvedSpec,
  probe: ReadinessProbe,
  signs: ReadinessSigns,
  signal: AbortSignal,
): Promise<void> {
  if ('log' in probe) return signs.line(probe.log, signal);
  if ('beat' in probe) return signs.beat(signal);
  const attempt =
    'exec' in probe
      ? () => execSucceeds(spec, probe.exec, signal)
      : () =>
          accepts(
            'socket' in probe
              ? { path: probe.socket }
              : { port: probe.port, host: probe.host ?? '127.0.0.1' },
          );
  while (!(await attempt())) await pause(INTERVAL_MILLIS, undefined, { signal });
  signal.throwIfAborted();
}

function execSucceeds(
  spec: ResolvedSpec,
  [command = '', ...args]: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const env = Object.fromEntries(
      Object.entries({ ...process.env, ...spec.env }).filter((entry) => entry[1] !== null),
    ) as NodeJS.ProcessEnv;
    const cwd = spec.workdir === undefined ? {} : { cwd: spec.workdir };
    const child = spawn(command, args, { stdio: 'ignore', env, signal, timeout: ATTEMPT_MILLIS, ...cwd });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

function accepts(address: net.NetConnectOpts): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ATTEMPT_MILLIS, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
