/** Real processes for tests; none outlives its test. */
import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

/** Starts a script with messages between it and the test; killed when the test is over. */
export function child(script: URL, ...args: (string | number)[]): ChildProcess {
  return endsWithTest(fork(fileURLToPath(script), args.map(String), { execArgv: [] }));
}

/** Kills a process and all that it has started when the running test is over, however it ends. @returns the process */
export function endsWithTest<P extends ChildProcess>(process: P): P {
  onTestFinished(async () => {
    const { pid, exitCode, signalCode } = process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const started = startedBy(pid);
    await kill(process);
    for (const id of started) killIfThere(id);
  });
  return process;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without input to its end, or to that of the test. */
export async function run(program: string, args: string[], options: SpawnOptions = {}): Promise<Ended> {
  const process = endsWithTest(spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
  let stdout = '';
  let stderr = '';
  process.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  process.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code, signal] = (await once(process, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

/**
 * The next message of a child. @throws when it ends first
 *
 * Its `exit` may come before a message that it sent: Node learns of the end of any child while it has not read the channel
 * of this one. `close` comes after its last message.
 */
export async function messageFrom<T>(process: ChildProcess): Promise<T> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      once(process, 'message', { signal: ended.signal }).then(([message]) => message as T),
      once(process, 'close', { signal: ended.signal }).then(([code, signal]) => {
        throw new Error(`the child ended before it sent a message: ${code ?? signal}`);
      }),
    ]);
  } finally {
    ended.abort();
  }
}

/** Kills a child with SIGKILL and waits until it is gone. */
export async function kill(process: ChildProcess): Promise<void> {
  const gone = once(process, 'exit');
  process.kill('SIGKILL');
  await gone;
}

/** Stops a process with SIGSTOP and waits until all of its threads have stopped: a signal is delivered later than it is sent. */
export async function stop({ pid }: Pick<ChildProcess, 'pid'>): Promise<void> {
  if (pid === undefined) throw new Error('the process was not started');
  process.kill(pid, 'SIGSTOP');
  await vi.waitUntil(() => threadStates(pid).every((state) => state === 'T'), {
    timeout: 120_000,
    interval: 2,
  });
}

/** The states of the threads of a process, as letters of proc(5). */
function threadStates(pid: number): string[] {
  return fs
    .readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => orNone(() => [fs.readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1')]))
    .map((stat) => stat.slice(stat.lastIndexOf(') ') + 2)[0] as string);
}

/** The processes that a process has started, and those that they have, where the system tells. */
function startedBy(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  return orNone(() => fs.readdirSync(tasks))
    .flatMap((task) => orNone(() => fs.readFileSync(`${tasks}/${task}/children`, 'utf8').split(' ')))
    .filter((id) => id !== '')
    .flatMap((id) => [Number(id), ...startedBy(Number(id))]);
}

/** What there is to be read: processes and threads end while one looks. */
function orNone(look: () => string[]): string[] {
  try {
    return look();
  } catch {
    return [];
  }
}

export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
