/** Whose directory a driver may take. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Aeron, IpcMediaDriver, isDriverActive } from '../../src/aeron/index.js';
import { emptyFolder, startDriver } from './driver-under-test.js';

const start = (directory: string) => IpcMediaDriver.start({ directory, useInvoker: true });
const refused = (code: string) => expect.objectContaining({ code });

test('a live driver is never displaced, also not one whose heartbeat is old', () => {
  const driver = startDriver({ useInvoker: true });
  driver.doWork();
  const { directory } = driver;
  expect(isDriverActive(directory)).toBe(true);
  expect(() => start(directory)).toThrow(refused('WRITER_EXISTS'));
  // It sleeps for an hour: it still holds its lock.
  expect(() => IpcMediaDriver.start({ directory, driverTimeoutMs: 0 })).toThrow(refused('WRITER_EXISTS'));
  expect(fs.existsSync(path.join(directory, 'cnc.dat'))).toBe(true);
});

test('a directory that was closed properly is taken at once, its errors kept beside it', async () => {
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

test('a link in place of the directory is left alone, and so is what it leads to', () => {
  const folder = emptyFolder();
  const directory = path.join(folder, 'aeron');
  fs.mkdirSync(path.join(folder, 'elsewhere'));
  fs.symlinkSync(path.join(folder, 'elsewhere'), directory);
  expect(() => start(directory)).toThrow(refused('COULD_NOT_ACCESS_STORAGE'));
  expect(fs.readdirSync(folder).sort()).toEqual(['aeron', 'elsewhere']);
});

test('what a driver of another version left is not deleted; what died half made is', () => {
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

test('removing the directory at the end spares what others put there', () => {
  const driver = startDriver({ useInvoker: true, deleteDirectoryOnClose: true });
  fs.writeFileSync(path.join(driver.directory, 'precious'), 'x');
  driver.close();
  expect(fs.readdirSync(driver.directory)).toContain('precious');
  expect(fs.existsSync(path.join(driver.directory, 'cnc.dat'))).toBe(false);
});
