/** Waits until a started process is ready. Every wait ends when the signal aborts. */
import { spawn } from 'node:child_process';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterMs } from '../../platform/index.js';
import type { ReadinessProbe, ResolvedSpec } from '../specification/process-spec.js';

const INTERVAL_MILLIS = 50;
const ATTEMPT_MILLIS = 2_000;

/** What a probe can observe of the process. */
export interface ReadinessSigns {
  /** Resolves when a line of one output contains the text. */
  line(text: string, signal: AbortSignal): Promise<void>;
  /** Resolves at a health beat of the process. */
  beat(signal: AbortSignal): Promise<void>;
}

/** The process is `ready`, has `ended`, was `late` for its timeout; or `stopped`: the caller gave up. */
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
  const late = new AbortController();
  using _timer = afterMs(spec.readyTimeoutMs, () => late.abort());
  const signal = AbortSignal.any([stop, ended.signal, late.signal]);
  try {
    await untilReady(spec, spec.ready, signs, signal);
    return 'ready';
  } catch (error) {
    if (stop.aborted) return 'stopped';
    if (ended.signal.aborted) return 'ended';
    if (late.signal.aborted) return 'late';
    throw error;
  }
}

/** @throws the signal's reason when it aborts */
async function untilReady(
  spec: ResolvedSpec,
  probe: ReadinessProbe,
  signs: ReadinessSigns,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if ('log' in probe) return signs.line(probe.log, signal);
  if ('beat' in probe) return signs.beat(signal);
  while (!(await attempt(spec, probe, signal))) await pause(INTERVAL_MILLIS, undefined, { signal });
  signal.throwIfAborted();
}

function attempt(
  spec: ResolvedSpec,
  probe: Exclude<ReadinessProbe, { readonly log: string } | { readonly beat: true }>,
  signal: AbortSignal,
): Promise<boolean> {
  if ('exec' in probe) return execSucceeds(spec, probe.exec, signal);
  if ('socket' in probe) return accepts({ path: probe.socket }, signal);
  return accepts({ port: probe.port, host: probe.host ?? '127.0.0.1' }, signal);
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
    const child = spawn(command, args, {
      stdio: 'ignore',
      env,
      signal,
      timeout: ATTEMPT_MILLIS,
      killSignal: 'SIGKILL',
      ...(spec.workdir === undefined ? {} : { cwd: spec.workdir }),
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

function accepts(address: net.NetConnectOpts, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    const finish = (answer: boolean) => {
      signal.removeEventListener('abort', refuse);
      socket.destroy();
      resolve(answer);
    };
    const refuse = () => finish(false);
    signal.addEventListener('abort', refuse, { once: true });
    socket.setTimeout(ATTEMPT_MILLIS, refuse);
    socket.once('connect', () => finish(true));
    socket.once('error', refuse);
  });
}
