/** `ringwire ctl run` in a process of its own, with what it has printed so far. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { killIfThere } from '../child.js';
import { processesOf } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { start } from './ringwire-command.js';

export interface SupervisedRun {
  readonly manager: ChildProcessWithoutNullStreams;
  readonly folder: string;
  readonly runtimeDir: string;
  /** The environment of commands that shall find the manager. */
  readonly env: Record<string, string | undefined>;
  /** What stdout and stderr have got so far. */
  readonly printed: { stdout: string; stderr: string };
  /** Resolves when stdout contains a match. */
  until(wanted: RegExp): Promise<RegExpMatchArray>;
  /** Sends a signal, and resolves with the exit code when the command has ended and its output is complete. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Resolves with the exit code as {@link end}, without a signal. */
  readonly ended: Promise<number | null>;
}

export interface RunSetting {
  readonly args?: readonly string[];
  readonly env?: Record<string, string | undefined>;
  /** Takes the place of a new folder, for a second manager of the same user. */
  readonly cache?: string;
}

/** The lines of a list of processes, indented for a configuration file with one group. */
export function configurationOf(...processes: readonly string[]): string {
  return `groups:\n  - processes:\n${processes.map((each) => `      - ${each}\n`).join('')}`;
}

/** Starts a manager of a configuration file. What it leaves running is killed when the test is over. */
export function superviseByCommand(yaml: string, setting: RunSetting = {}): SupervisedRun {
  const folder = temporaryFolder();
  const file = path.join(folder, 'cliwrap.yaml');
  const runtimeDir = path.join(folder, 'run');
  fs.writeFileSync(file, yaml);
  fs.mkdirSync(runtimeDir, { mode: 0o700 });
  const cache = setting.cache ?? path.join(folder, 'cache');
  const env = { XDG_CACHE_HOME: cache, CLIWRAP_RUNTIME_DIR: undefined, ...setting.env };
  const args = ['ctl', 'run', '-f', file, '--runtime-dir', runtimeDir, ...(setting.args ?? [])];
  const manager = start(args, { env });
  onTestFinished(() => processesOf(runtimeDir).forEach(killIfThere));
  const printed = { stdout: '', stderr: '' };
  manager.stdout.setEncoding('utf8').on('data', (text) => (printed.stdout += text));
  manager.stderr.setEncoding('utf8').on('data', (text) => (printed.stderr += text));
  const ended = once(manager, 'close').then(([code]) => code as number | null);
  const until = (wanted: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const look = () => {
        const match = wanted.exec(printed.stdout);
        if (match === null) return;
        manager.stdout.off('data', look);
        resolve(match);
      };
      manager.stdout.on('data', look);
      void ended.then(() => reject(new Error(`ended without ${wanted}: ${JSON.stringify(printed)}`)));
      look();
    });
  const end = (signal: NodeJS.Signals = 'SIGTERM') => {
    manager.kill(signal);
    return ended;
  };
  return { manager, folder, runtimeDir, env, printed, until, end, ended };
}
