/** A machine where ringwire cannot run, and an installation without the native module: imports work, opening is refused. */
import fs from 'node:fs';
import path from 'node:path';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sized } from '../size.js';
import { temporaryFolder } from '../temporary.js';
import { link, REPOSITORY, run, runAsync } from './npm.js';

const PRELOAD = path.join(import.meta.dirname, 'pretend-platform.cjs');
const { exports, dependencies } = JSON.parse(
  fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'),
) as { exports: Record<string, string | object>; dependencies: Record<string, string> };
const entries = Object.entries(exports)
  .filter(([name, target]) => typeof target !== 'string' && !name.endsWith('-thread'))
  .map(([name]) => path.posix.join('ringwire', name));

/** Imports every entry point, uses a constant, and prints the code of the error of each call that opens something. */
const PROGRAM = `
for (const file of ${JSON.stringify(entries)}) await import(file);
const { JournalWriter, RingReader, RingWriter, ShmReader, ShmWriter, TickUnit, verifyChannel } = await import('ringwire');
const { DriverWorker, IpcMediaDriver } = await import('ringwire/aeron');
const { VlpAgent, VlpObserver } = await import('ringwire/health');
const { Manager } = await import('ringwire/supervisor');
if (typeof TickUnit.Secs === 'undefined') throw new Error('no constant');
const [folder] = process.argv.slice(2);
const calls = {
  create: () => ShmWriter.create(folder, { channelId: 1 }),
  ring: () => RingWriter.open(folder, { channelId: 2 }),
  journal: () => JournalWriter.open(folder, { channelId: 3 }),
  open: () => ShmReader.open(process.env.CHANNELS, 7),
  waitFor: () => ShmReader.waitFor(process.env.CHANNELS, 7),
  resume: () => ShmWriter.resume(process.env.CHANNELS, 7),
  verify: () => verifyChannel(process.env.CHANNELS, 7),
  observer: () => VlpObserver.bind({ socket: folder + '/o', thresholdMs: 500 }),
  agent: () => VlpAgent.connect(folder + '/o'),
  driver: () => IpcMediaDriver.start({ directory: folder + '/a' }),
  thread: () => DriverWorker.start({ directory: folder + '/b' }),
  manager: () => Manager.open({ runtimeDir: folder + '/m' }),
};
for (const [name, call] of Object.entries(calls)) {
  try {
    await call();
    console.log(name, 'opened');
  } catch (error) {
    console.log(name, error.code);
  }
}
process.exit();
`;
const CALLS = ['create', 'ring', 'journal', 'open', 'waitFor', 'resume', 'verify'];
const OTHER_CALLS = ['observer', 'agent', 'driver', 'thread', 'manager'];

const PROGRAMS = `version: 1
groups:
  - name: all
    processes:
      - id: a
        command: sh
`;

/** Commands that open a channel, a socket or a driver; ROOT holds a finished channel 7. */
const COMMANDS = [
  ...['write 8', 'tail 7', 'cat 7', 'stat 7', 'ls', 'verify 7', 'recover 7', 'hz 7', 'record 7 -'].map(
    (command) => `${command} --root ROOT`,
  ),
  ...['top ROOT --json', 'relay 7 nats://127.0.0.1:1/A/b --root ROOT', 'demo --records 100'],
  ...['bench --records 1000', 'aeron driver -d ROOT/a', 'aeron ping -d ROOT/a', 'aeron pong -d ROOT/a'],
  ...['vlp beat ROOT/s --count 1', 'vlp watch --socket ROOT/w --threshold-ms 100'],
  'ctl run -f ROOT/programs.yaml --runtime-dir ROOT/r',
];

/**
 * A folder of a user: ringwire installed from the build, its dependencies, a finished channel 7, and a configuration of
 * the supervisor. In the repository itself the development dependency koffi would replace a native module that is missing.
 */
const user = tmp.dirSync({ unsafeCleanup: true, prefix: 'ringwire-user-' });
const folder = user.name;
const installed = path.join(folder, 'node_modules/ringwire');
const main = path.join(installed, 'dist/cli/main.js');

beforeAll(() => {
  for (const name of ['dist', 'package.json'])
    fs.cpSync(path.join(REPOSITORY, name), path.join(installed, name), { recursive: true });
  for (const name of Object.keys(dependencies)) link(name, folder);
  const shell = `echo one | "${process.execPath}" "${main}" write 7 --root "${folder}"`;
  const { status, output } = run('sh', ['-c', shell], folder);
  if (status !== 0) throw new Error(output);
  fs.writeFileSync(path.join(folder, 'programs.yaml'), PROGRAMS);
  fs.writeFileSync(path.join(folder, 'program.mjs'), PROGRAM);
});

afterAll(() => user.removeCallback());

const pretending = (platform: string) => ({
  NODE_OPTIONS: `--require=${PRELOAD}`,
  PRETEND_PLATFORM: platform,
});
/** A folder without the native module, which takes precedence over that of the package. */
const withoutModule = () => ({ RINGWIRE_NATIVE: path.join(temporaryFolder(), 'nothing') });
const brokenModule = () => {
  const folder = temporaryFolder();
  for (const libc of ['glibc', 'musl'])
    fs.writeFileSync(path.join(folder, `linux-${process.arch}-${libc}.node`), 'not a shared object');
  return { RINGWIRE_NATIVE: folder };
};

type Machine = readonly [where: string, code: string, variables: () => NodeJS.ProcessEnv];
const MACHINES: readonly Machine[] = [
  ['macOS on arm64', 'UNSUPPORTED_PLATFORM', () => pretending('darwin/arm64')],
  ['Windows on x64', 'UNSUPPORTED_PLATFORM', () => pretending('win32/x64')],
  ['Linux on riscv64', 'UNSUPPORTED_PLATFORM', () => pretending('linux/riscv64')],
  ['an installation without the native module', 'NATIVE_MODULE_MISSING', withoutModule],
  ['an installation whose native module does not load', 'NATIVE_MODULE_MISSING', brokenModule],
];

describe.each(MACHINES)('on %s', (_where, code, variables) => {
  it(`imports every entry point, and refuses each call that opens something by ${code}`, () => {
    const env = { ...process.env, CHANNELS: folder, ...variables() };
    const { output } = run(process.execPath, ['program.mjs', temporaryFolder()], folder, env);
    expect(output.split('\n').filter((line) => line !== '')).toEqual(
      [...CALLS, ...OTHER_CALLS].map((name) => `${name} ${code}`),
    );
  });
});

/** Each of them starts every command. */
const WITH_COMMANDS = sized({
  test: MACHINES.filter((_machine, i) => i === 0 || i === 3),
  all: MACHINES,
  long: MACHINES,
});

describe.each(WITH_COMMANDS)('on %s, a command', (_where, code, variables) => {
  it('ends with exit code 2 and one line, without a stack trace', async () => {
    const env = { ...process.env, NO_COLOR: '1', ...variables() };
    for (const command of COMMANDS) {
      const args = command.replaceAll('ROOT', folder).split(' ');
      const { status, output } = await runAsync(process.execPath, [main, ...args], folder, env);
      expect({ command, status, output }).toEqual({
        command,
        status: 2,
        output: expect.stringMatching(
          args.includes('--json')
            ? new RegExp(`^{"error":{"code":"${code}",.*}}\n$`)
            : new RegExp(`^ringwire: ${code}: .+\n$`),
        ),
      });
    }
  });

  it('prints its version and help', () => {
    const env = { ...process.env, ...variables() };
    for (const args of [['--version'], ['--help'], ['exit-codes'], ['tail', '--help']])
      expect(run(process.execPath, [main, ...args], '/', env)).toMatchObject({ status: 0 });
  });
});
