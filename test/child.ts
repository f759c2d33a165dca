/** Real processes for tests: scripts that import the built package and say what they did, line by line. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Starts a script with messages between it and the test; killed when the test is over. */
export function child(script: URL, ...args: (string | number)[]): ChildProcess {
  const process = fork(fileURLToPath(script), args.map(String), { execArgv: [] });
  onTestFinished(() => void process.kill('SIGKILL'));
  return process;
}

/** The next message of a child. @throws when it ends first */
export async function messageFrom<T>(process: ChildProcess): Promise<T> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      once(process, 'message', { signal: ended.signal }).then(([message]) => message as T),
      once(process, 'exit', { signal: ended.signal }).then(([code, signal]) => {
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
