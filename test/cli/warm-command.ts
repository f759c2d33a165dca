/** Runs commands one after the other in one process, which starts with the first of them and ends with the file. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { CommandOptions, Finished } from './ringwire-command.js';

const SCRIPT = fileURLToPath(new URL('./processes/warm-command.mjs', import.meta.url));
/** Commands that start processes, which write to the descriptors they inherit. */
const STARTS_PROCESSES = new Set(['bench', 'ctl run', 'demo']);

let warm: ChildProcess | null = null;
let busy = false;

afterAll(() => {
  warm?.disconnect();
  warm = null;
});

/**
 * Whether a command can run in the shared process: it starts no process, and no other command runs there. A command
 * beside another gets a process of its own, so that one may wait for the other.
 */
export function canRunWarm([first = '', second = '']: readonly string[]): boolean {
  return !busy && !STARTS_PROCESSES.has(first) && !STARTS_PROCESSES.has(`${first} ${second}`);
}

/** Runs a command in the shared process. `env`: undefined removes a variable. */
export async function runWarm(args: readonly string[], options: CommandOptions): Promise<Finished> {
  busy = true;
  warm ??= startWarm();
  const child = warm;
  const ended = new AbortController();
  try {
    const env = Object.fromEntries(
      Object.entries(options.env ?? {}).map(([name, value]) => [name, value ?? null]),
    );
    child.send({ args, input: Buffer.from(options.input ?? '').toString('base64'), env });
    const [answer] = await Promise.race([
      once(child, 'message', { signal: ended.signal }) as Promise<[Finished]>,
      once(child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
        warm = null;
        throw new Error(`the process of the commands ended with ${code ?? signal} in: ${args.join(' ')}`);
      }),
    ]);
    const text = (base64: string) => Buffer.from(base64, 'base64').toString();
    busy = false;
    return { code: answer.code, stdout: text(answer.stdout), stderr: text(answer.stderr) };
  } finally {
    ended.abort();
  }
}

function startWarm(): ChildProcess {
  const { CI: _ci, FORCE_COLOR: _force, NO_COLOR: _no, ...env } = process.env;
  const child = fork(SCRIPT, { execArgv: [], env });
  child.unref();
  child.channel?.unref();
  return child;
}
