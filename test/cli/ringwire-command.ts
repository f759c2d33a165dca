/**
 * Runs the built program. {@link start} and {@link ringwireProcess} give it a process of its own, as a user would;
 * {@link ringwire} shares one process between the commands of a test file, which is equal and several times faster.
 * `every-command.test.ts` runs each command once in a process of its own.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endsWithTest } from '../child.js';
import { canRunWarm, runWarm } from './warm-command.js';

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** What goes to standard input; then it ends. */
  readonly input?: string | Buffer;
  readonly env?: Record<string, string | undefined>;
}

/** The end of each command, also for callers that ask after it. */
const ends = new WeakMap<ChildProcess, Promise<unknown[]>>();

/** Starts `ringwire` with these arguments; without colors unless the environment asks for them. Ends with the test. */
export function start(args: readonly string[], options: CommandOptions = {}): ChildProcessWithoutNullStreams {
  const { CI: _ci, FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env;
  const child = endsWithTest(
    spawn(process.execPath, [MAIN, ...args], { env: { ...inherited, ...options.env } }),
  );
  ends.set(child, once(child, 'close'));
  return child;
}

/** Runs a command to its end, in the process that the commands of this test file share where that is possible. */
export async function ringwire(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return canRunWarm(args) ? runWarm(args, options) : ringwireProcess(args, options);
}

/** Runs a command to its end, in a process of its own. */
export async function ringwireProcess(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Finished> {
  const child = start(args, options);
  // A command that stops reading early is not a failure of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return finished(child);
}

/** Waits for a command of {@link start} and gives what it printed from now on, also when it has ended already. */
export async function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code] = (await ends.get(child)) as [number | null];
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Waits until the output of a stream contains a text. */
export function printed(stream: NodeJS.ReadableStream, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = '';
    const take = (chunk: Buffer) => {
      all += chunk.toString();
      if (!all.includes(text)) return;
      stream.off('data', take);
      resolve(all);
    };
    stream.on('data', take);
    stream.once('end', () => reject(new Error(`ended without printing ${text}; it printed: ${all}`)));
  });
}
