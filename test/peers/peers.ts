/** The drivers of the conformance suite: programs in five languages that take operations as lines. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import tmp from 'tmp';
import { endsWithTest } from '../child.js';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const SOURCES = path.join(REPOSITORY, 'src/peers');
const DRIVERS = path.join(import.meta.dirname, 'drivers');

/** A language, and the command that starts its driver for a root; or why there is none on this machine. */
export interface Peer {
  readonly language: string;
  readonly command: ((root: string) => string[]) | null;
  readonly missing: string;
}

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-O2', `-I${SOURCES}`];
let built: tmp.DirResult | undefined;

function folder(): string {
  built ??= tmp.dirSync({ prefix: 'ringwire-peers-', unsafeCleanup: true });
  return built.name;
}

/** Removes the compiled drivers. */
export function removeDrivers(): void {
  built?.removeCallback();
  built = undefined;
}

/** Whether a program can be started. */
export function hasProgram(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function compiled(language: string, compiler: string, args: readonly string[]): Peer {
  if (!hasProgram(compiler)) return { language, command: null, missing: `${compiler} is not installed` };
  const program = path.join(folder(), language.replaceAll('+', 'p'));
  const { status, stderr } = spawnSync(compiler, [...args, '-o', program], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${compiler} refuses the driver:\n${stderr}`);
  return { language, command: (root) => [program, root], missing: '' };
}

/** All peers; those that need a compiler are compiled once. */
export function allPeers(): Peer[] {
  const source = (name: string) => path.join(DRIVERS, name);
  const rust = path.join(folder(), 'rust');
  fs.mkdirSync(rust, { recursive: true });
  fs.copyFileSync(path.join(SOURCES, 'ringwire.rs'), path.join(rust, 'ringwire.rs'));
  fs.copyFileSync(source('driver.rs'), path.join(rust, 'driver.rs'));
  const python: Peer = hasProgram('python3')
    ? { language: 'Python', command: (root) => ['python3', source('driver.py'), root, SOURCES], missing: '' }
    : { language: 'Python', command: null, missing: 'python3 is not installed' };
  return [
    {
      language: 'TypeScript',
      command: (root) => [process.execPath, source('driver.mjs'), root],
      missing: '',
    },
    compiled('C', 'gcc', ['-std=c11', ...WARNINGS, source('driver.c')]),
    compiled('C++', 'g++', ['-std=c++17', '-x', 'c++', ...WARNINGS, source('driver.c')]),
    python,
    compiled('Rust', 'rustc', ['--edition', '2021', '-O', '-D', 'warnings', path.join(rust, 'driver.rs')]),
  ];
}

/** A driver that is running; it ends with its test. */
export class Driver {
  readonly process;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  /** `crash`: a point of the protocol and the visit at which the driver in C ends, as `NAME:N`. */
  constructor(peer: Peer, root: string, crash?: string) {
    const env = crash === undefined ? process.env : { ...process.env, RINGWIRE_CRASH: crash };
    const [program, ...args] = (peer.command as (root: string) => string[])(root);
    this.process = endsWithTest(spawn(program as string, args, { stdio: ['pipe', 'pipe', 'pipe'], env }));
    this.process.stderr.setEncoding('utf8').on('data', (text) => (this.#errors += text));
    this.process.stdin.on('error', () => {});
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** Runs one operation. @throws when the driver ends instead of answering */
  async run(operation: string): Promise<string> {
    this.process.stdin.write(`${operation}\n`);
    const { done, value } = await this.#lines.next();
    if (done) throw new Error(`the driver ended at '${operation}': ${this.#errors}`);
    return value;
  }
}
