/** Whose directory a driver may take. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Aeron, CncFile, IpcMediaDriver, isDriverActive } from '../../src/aeron/index.js';
import { FolderLock } from '../../src/platform/index.js';
import { endsWithTest } from '../child.js';
import { emptyFolder, startDriver } from './driver-under-test.js';

const script = (name: string) => fileURLToPath(new URL(`processes/${name}`, import.meta.url));

const start = (directory: string) => IpcMediaDriver.start({ directory, useInvoker: true });
const refused = (code: string) => expect.objectContaining({ code });

test('a second driver is refused while a driver runs, also one with an old heartbeat', () => {
  const driver = startDriver({ useInvoker: true });
  driver.doWork();
  const { directory } = driver;
  expect(isDriverActive(directory)).toBe(true);
  expect(() => start(directory)).toThrow(refused('WRITER_EXISTS'));
  // It sleeps for an hour: it still holds its lock.
  expect(() => IpcMediaDriver.start({ directory, driverTimeoutMs: 0 })).toThrow(refused('WRITER_EXISTS'));
  expect(fs.existsSync(path.join(directory, 'cnc.dat'))).toBe(true);
});

test('a driver takes the directory of a closed driver and keeps its error log beside it', async () => {
  const driver = startDriver();
  const aeron = await Aeron.connect({ directory: driver.directory });
  await expect(aeron.addPublication('nonsense', 1)).rejects.toThrow('invalid channel');
  aeron.close();
  driver.close();
  expect(isDriverActive(driver.directory)).toBe(false);
  start(driver.directory).close();
  const folder = path.dirname(driver.directory);
  const [kept] = fs.readdirSync(folder).filter((name) => name.endsWith('-error.log'));
  expect(fs.readFileSync(path.join(folder, kept as string), 'utf8')).toContain('invalid channel: nonsense');
});

test.each([
  ['a file of the user', (directory: string) => fs.writeFileSync(path.join(directory, 'precious'), 'x')],
  [
    'a file of the user among the logs',
    (directory: string) => {
      fs.mkdirSync(path.join(directory, 'publications'));
      fs.writeFileSync(path.join(directory, 'publications', 'precious'), 'x');
    },
  ],
  [
    'a link in place of a folder',
    (directory: string) => fs.symlinkSync(emptyFolder(), path.join(directory, 'publications')),
  ],
  ['a folder in place of a file', (directory: string) => fs.mkdirSync(path.join(directory, 'cnc.dat'))],
])('a directory that holds %s is left alone', (_, prepare) => {
  const directory = path.join(emptyFolder(), 'aeron');
  fs.mkdirSync(directory);
  prepare(directory);
  const before = fs.readdirSync(directory, { recursive: true });
  expect(() => start(directory)).toThrow(refused('COULD_NOT_ACCESS_STORAGE'));
  expect(fs.readdirSync(directory, { recursive: true })).toEqual(before);
});

test('a driver refuses a symbolic link and leaves the link and its target unchanged', () => {
  const folder = emptyFolder();
  const directory = path.join(folder, 'aeron');
  fs.mkdirSync(path.join(folder, 'elsewhere'));
  fs.symlinkSync(path.join(folder, 'elsewhere'), directory);
  expect(() => start(directory)).toThrow(refused('COULD_NOT_ACCESS_STORAGE'));
  expect(fs.readdirSync(folder).sort()).toEqual(['aeron', 'elsewhere']);
});

test('a driver deletes the unfinished files of a dead driver, but not files of another version', () => {
  const driver = startDriver({ useInvoker: true });
  const file = path.join(driver.directory, 'cnc.dat');
  driver.close();
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, Buffer.from([0, 0, 2, 0]), 0, 4, 0);
  expect(() => start(driver.directory)).toThrow(refused('INCOMPATIBLE_VERSION'));
  fs.writeSync(fd, Buffer.alloc(4), 0, 4, 0);
  fs.closeSync(fd);
  start(driver.directory).close();
});

test('removal of the directory at the close keeps files that no driver created', () => {
  const driver = startDriver({ useInvoker: true, deleteDirectoryOnClose: true });
  fs.writeFileSync(path.join(driver.directory, 'precious'), 'x');
  driver.close();
  expect(fs.readdirSync(driver.directory)).toContain('precious');
  expect(fs.existsSync(path.join(driver.directory, 'cnc.dat'))).toBe(false);
});

/** Two processes that start a driver in one folder at the same moment. @returns what each of them said */
async function race(directory: string): Promise<string[]> {
  const children = [0, 1].map(() =>
    endsWithTest(
      spawn(process.execPath, [script('start-driver.mjs'), directory], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    ),
  );
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')));
  const answers = children.map(({ stdout }) => once(stdout, 'data').then(([bytes]) => String(bytes).trim()));
  for (const { stdin } of children) stdin.write('go\n');
  const said = await Promise.all(answers);
  await Promise.all(
    children.map((child) => {
      child.stdin.end();
      return once(child, 'exit');
    }),
  );
  return said;
}

test('one of two drivers that start at the same time in the folder of a dead one runs, the other is refused', async () => {
  for (let round = 0; round < 8; round++) {
    const directory = path.join(emptyFolder(), 'aeron');
    start(directory).close();
    expect((await race(directory)).sort()).toEqual(['refused WRITER_EXISTS', 'running']);
  }
});

test('one of two drivers that create the folder at the same time runs, the other is refused', async () => {
  for (let round = 0; round < 4; round++) {
    const directory = path.join(emptyFolder(), 'aeron');
    expect((await race(directory)).sort()).toEqual(['refused WRITER_EXISTS', 'running']);
  }
});

test('a driver that is refused the lock of a folder has removed nothing in it', () => {
  const directory = path.join(emptyFolder(), 'aeron');
  start(directory).close();
  const lock = FolderLock.tryTake(directory);
  onTestFinished(() => lock?.release());
  const before = fs.readdirSync(directory, { recursive: true });
  expect(before).toContain('cnc.dat');
  expect(() => start(directory)).toThrow(refused('WRITER_EXISTS'));
  expect(fs.readdirSync(directory, { recursive: true })).toEqual(before);
});

test('a driver with an old heartbeat is active while its process maps the file', async () => {
  const directory = path.join(emptyFolder(), 'aeron');
  start(directory).close();
  const child = endsWithTest(
    spawn(process.execPath, [script('map-cnc.mjs'), directory], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  await once(child.stdout, 'data');
  const fd = fs.openSync(path.join(directory, 'cnc.dat'), 'r+');
  const word = Buffer.alloc(8);
  word.writeBigInt64LE(BigInt(child.pid as number));
  fs.writeSync(fd, word, 0, 8, 40);
  word.writeBigInt64LE(1n);
  fs.writeSync(fd, word, 0, 8, 128 + 2 ** 20 + 640);
  fs.closeSync(fd);
  expect(() => start(directory)).toThrow(refused('WRITER_EXISTS'));
  child.kill('SIGKILL');
  await once(child, 'exit');
  start(directory).close();
});

test('a folder that others may write to is refused by drivers, clients and tools', async () => {
  const driver = startDriver();
  const { directory } = driver;
  fs.chmodSync(directory, 0o777);
  await expect(Aeron.connect({ directory, driverTimeoutMs: 500 })).rejects.toMatchObject({
    code: 'COULD_NOT_ACCESS_STORAGE',
    message: expect.stringContaining('chmod go-w'),
  });
  expect(() => CncFile.open(directory)).toThrow(refused('COULD_NOT_ACCESS_STORAGE'));
  CncFile.open(directory, { allowForeignDirectory: true }).close();
  (await Aeron.connect({ directory, allowForeignDirectory: true })).close();
  driver.close();
  expect(() => start(directory)).toThrow(refused('COULD_NOT_ACCESS_STORAGE'));
});

const isRoot = process.geteuid?.() === 0;
if (!isRoot) process.stderr.write('test of folders of other users skipped: it needs root\n');

test.skipIf(!isRoot)('the folder of another user is refused by drivers, clients and tools', async () => {
  const driver = startDriver();
  const { directory } = driver;
  fs.chownSync(directory, 65_534, 65_534);
  await expect(Aeron.connect({ directory, driverTimeoutMs: 500 })).rejects.toThrow('belongs to user 65534');
  expect(() => CncFile.open(directory)).toThrow('belongs to user 65534');
  driver.close();
  expect(() => start(directory)).toThrow('belongs to user 65534');
  fs.chownSync(directory, 0, 0);
  fs.chownSync(path.join(directory, 'cnc.dat'), 65_534, 65_534);
  expect(() => CncFile.open(directory)).toThrow('belongs to user 65534');
});

test('a failed start leaves no file and no folder', () => {
  const directory = path.join(emptyFolder(), 'aeron');
  const huge = { counterValuesLength: 350 * 2 ** 20, toDriverLength: 2 ** 28, toClientsLength: 2 ** 28 };
  expect(() => IpcMediaDriver.start({ directory, ...huge })).toThrow();
  expect(fs.existsSync(directory)).toBe(false);
});

test('a relative folder stays the same after a change of the working directory', async () => {
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(emptyFolder());
  const driver = IpcMediaDriver.start({ directory: 'aeron', deleteDirectoryOnClose: true });
  process.chdir(emptyFolder());
  const aeron = await Aeron.connect({ directory: driver.directory });
  await aeron.addPublication('aeron:ipc?term-length=64k', 1);
  aeron.close();
  driver.close();
  expect(fs.existsSync(driver.directory)).toBe(false);
});
