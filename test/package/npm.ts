/** Running npm as a user would: in a folder of its own, with the packed tarball. */
import { execFile, type SpawnSyncReturns, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';

export const REPOSITORY = path.resolve(import.meta.dirname, '../..');

/** Answers of npm when no registry can be reached; everything else is a failure of the test. */
const UNREACHABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b/;

/** The timeout of a test does not end a program that the test waits for synchronously. */
const LONGEST_RUN_MILLIS = 170_000;

export interface Run {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program to its end; `output` is what it printed on both streams. */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Run {
  const result: SpawnSyncReturns<string> = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: LONGEST_RUN_MILLIS,
  });
  if (result.error) throw result.error;
  return { status: result.status, output: result.stdout + result.stderr };
}

/** Starts a program; resolves when it has ended. */
export function runAsync(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, timeout: LONGEST_RUN_MILLIS }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

/** Packs the built package and returns the path of the tarball and the names of the files in it. */
export function pack(into: string): { tarball: string; files: string[] } {
  // The build has run before the tests; a second one would pull dist/ away from under other tests.
  const { status, output } = run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--silent', '--pack-destination', into],
    REPOSITORY,
  );
  if (status !== 0) throw new Error(`npm pack failed:\n${output}`);
  const [packed] = JSON.parse(output.slice(output.indexOf('['))) as [
    { filename: string; files: { path: string }[] },
  ];
  return { tarball: path.join(into, packed.filename), files: packed.files.map((file) => file.path) };
}

/**
 * Installs the tarball into a new folder and returns the folder, or null where no registry can be reached.
 * @throws Error when npm fails for any other reason
 */
export function install(
  tarball: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): string | null {
  const folder = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-user-' }).name;
  // npm would look for a project in the folders above.
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "name": "user", "private": true }');
  const { status, output } = run(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', ...args, tarball],
    folder,
    env,
  );
  if (status === 0) return folder;
  fs.rmSync(folder, { recursive: true });
  if (UNREACHABLE.test(output)) return null;
  throw new Error(`npm install failed:\n${output}`);
}

/** Makes a package of this repository's node_modules, and its commands, available in a folder. */
export function link(name: string, folder: string): void {
  const from = path.join(REPOSITORY, 'node_modules', name);
  const { bin = {} } = JSON.parse(fs.readFileSync(path.join(from, 'package.json'), 'utf8')) as {
    bin?: string | Record<string, string>;
  };
  const place = (target: string, entry: string) => {
    const file = path.join(folder, 'node_modules', entry);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.symlinkSync(target, file);
  };
  place(from, name);
  for (const [command, program] of Object.entries(typeof bin === 'string' ? { [name]: bin } : bin))
    place(path.join(from, program), `.bin/${command}`);
}

/** Says on the terminal why a test does not run. */
export function sayWhySkipped(why: string): void {
  process.stderr.write(`skipped: ${why}\n`);
}
