/** A shop: a manager in a process of its own runs a configuration file, and commands of a document are tried on it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { endsWithTest, run } from '../child.js';
import { type Finished, MAIN, ringwire } from '../cli/ringwire-command.js';
import { managedFolder } from '../supervisor/supervised.js';
import { placeNpx, section } from './documents.js';

/** What `ctl list --json` prints about a process. */
export interface ListedProcess {
  readonly id: string;
  readonly state: string;
  readonly restarts: number;
}

/** The rows of the first table below a heading, as cells. */
export function tableOf(page: string, heading: string): string[][] {
  return section(page, heading)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** The commands of `ringwire` in a text, as they stand in its code. */
export function commandsIn(text: string): string[] {
  return [...text.matchAll(/`(npx ringwire [^`]+)`/g)].map(([, command]) => command as string);
}

export class Shop {
  readonly folder = managedFolder();
  readonly #env: NodeJS.ProcessEnv;
  readonly #variables: Record<string, string>;
  manager: ChildProcessWithoutNullStreams | null = null;

  /** @param files contents by name; one is `cliwrap.yaml` */
  constructor(files: Readonly<Record<string, string>>) {
    const bin = path.join(this.folder, 'bin');
    fs.mkdirSync(bin);
    fs.symlinkSync(MAIN, path.join(bin, 'ringwire'));
    placeNpx(bin);
    for (const [name, content] of Object.entries(files))
      fs.writeFileSync(path.join(this.folder, name), content);
    const { CI: _ci, FORCE_COLOR: _color, PATH, ...env } = process.env;
    const runtime = path.join(this.folder, 'run');
    this.#variables = {
      RUNTIME_DIR: runtime,
      CLIWRAP_RUNTIME_DIR: runtime,
      XDG_RUNTIME_DIR: this.folder,
      RINGWIRE_ROOT: path.join(this.folder, 'channels'),
    };
    this.#env = { ...env, ...this.#variables, PATH: `${bin}:${PATH}` };
  }

  /** Runs a command of `npx ringwire` to its end: in the shared process, but in the folder where it names a file. */
  async run(command: string): Promise<Finished> {
    const [, args] = /^npx ringwire ((?!.*\.yaml)[\w ./-]+)$/.exec(command) ?? [];
    if (args !== undefined) return ringwire(args.split(' '), { env: this.#variables });
    const { code, stdout, stderr } = await run('bash', ['-c', command], {
      cwd: this.folder,
      env: this.#env,
    });
    return { code, stdout, stderr };
  }

  /** Starts a command. */
  start(command: string): ChildProcessWithoutNullStreams {
    return endsWithTest(spawn('bash', ['-c', `exec ${command}`], { cwd: this.folder, env: this.#env }));
  }

  /** Starts the manager and waits until its processes are as wanted. */
  async open(command: string, wanted: (processes: readonly ListedProcess[]) => boolean): Promise<void> {
    this.manager = this.start(command);
    // Unread output would stop the manager when the pipe is full.
    this.manager.stdout.resume();
    let errors = '';
    this.manager.stderr.on('data', (text) => (errors += text));
    await this.until(wanted, () => errors);
  }

  /** Waits until the processes are as wanted; the timeout of the test ends the wait. */
  async until(
    wanted: (processes: readonly ListedProcess[]) => boolean,
    errors: () => string = () => '',
  ): Promise<void> {
    for (;;) {
      const { code, stdout } = await this.run('npx ringwire ctl list --json');
      if (code === 0 && wanted(JSON.parse(stdout))) return;
      expect(this.manager?.exitCode, errors()).toBe(null);
    }
  }

  /** Tries a command that ends by itself: it must succeed and print something. `logs` prints stderr to stderr. */
  async tryCommand(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(command);
    expect(code, `${command}: ${stderr}`).toBe(0);
    expect(stdout + stderr, command).not.toBe('');
    return stdout;
  }

  /** Tries a command that follows: it must print something, and end with 0 at Ctrl-C. `meanwhile` causes output. */
  async tryFollowing(command: string, meanwhile: () => Promise<unknown>): Promise<void> {
    const child = this.start(command);
    let printed = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text) => (printed += text));
    while (printed === '') {
      await meanwhile();
      expect(child.exitCode, command).toBe(null);
    }
    child.kill('SIGINT');
    expect(await once(child, 'exit'), command).toEqual([0, null]);
  }

  /** Ends the manager by a command, else by SIGTERM, and waits for it. */
  async close(command?: string): Promise<void> {
    const ended = once(this.manager as ChildProcessWithoutNullStreams, 'exit');
    if (command === undefined) this.manager?.kill('SIGTERM');
    else await this.run(command);
    expect(await ended).toEqual([0, null]);
  }
}
