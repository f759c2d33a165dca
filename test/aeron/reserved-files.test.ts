/** Every block of a log is allocated before it is mapped: a full file system is an error, never a SIGBUS. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LogBuffers } from '../../src/aeron/client/log-buffers.js';
import { Aeron, AeronErrorCode, IpcMediaDriver } from '../../src/aeron/index.js';
import { memoryFolder } from '../temporary.js';
import { connect, emptyFolder, startDriver } from './driver-under-test.js';

const BLOCK = 512;
const isAllocated = (file: string) => {
  const { size, blocks } = fs.statSync(file);
  return blocks * BLOCK >= size;
};

test('the driver allocates the log of a publication with sparse=true', async () => {
  const driver = startDriver();
  const aeron = await connect(driver, { reserveLogs: false });
  await aeron.addPublication('aeron:ipc?sparse=true', 1);
  const [name] = fs.readdirSync(`${driver.directory}/publications`);
  expect(isAllocated(`${driver.directory}/publications/${name}`)).toBe(true);
});

test('a client allocates the holes of a log before it maps it, unless an option forbids it', async () => {
  const driver = startDriver();
  const aeron = await connect(driver);
  await aeron.addPublication('aeron:ipc', 1);
  const [name] = fs.readdirSync(`${driver.directory}/publications`);
  const whole = fs.readFileSync(`${driver.directory}/publications/${name}`);
  const sparse = path.join(memoryFolder(), 'sparse.logbuffer');
  const fd = fs.openSync(sparse, 'wx');
  fs.ftruncateSync(fd, whole.length);
  fs.writeSync(fd, whole.subarray(-4096), 0, 4096, whole.length - 4096);
  fs.closeSync(fd);
  LogBuffers.open(sparse, { reserve: false }).close();
  expect(isAllocated(sparse)).toBe(false);
  LogBuffers.open(sparse).close();
  expect(isAllocated(sparse)).toBe(true);
  expect(fs.readFileSync(sparse).subarray(-4096).equals(whole.subarray(-4096))).toBe(true);
});

const isRoot = process.geteuid?.() === 0;
if (!isRoot) process.stderr.write('test of a full file system skipped: it mounts one, which needs root\n');

test.skipIf(!isRoot)(
  'a full file system is error 12, for sparse channels too, and leaves no file',
  async () => {
    const mount = path.join(emptyFolder(), 'full');
    fs.mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', mount]);
    onTestFinished(() => void execFileSync('umount', ['-l', mount]));
    const directory = path.join(mount, 'aeron');
    expect(() => IpcMediaDriver.start({ directory })).toThrow(expect.objectContaining({ code: 'NO_SPACE' }));
    expect(fs.existsSync(directory)).toBe(false);
    const driver = IpcMediaDriver.start({ directory, counterValuesLength: 2 ** 20, lingerMs: 0 });
    const aeron = await Aeron.connect({ directory });
    await expect(aeron.addPublication('aeron:ipc?term-length=4m|sparse=true', 1)).rejects.toMatchObject({
      errorCode: AeronErrorCode.StorageSpace,
    });
    expect(fs.readdirSync(path.join(directory, 'publications'))).toEqual([]);
    expect((await aeron.addPublication('aeron:ipc?term-length=64k', 1)).isClosed).toBe(false);
    aeron.close();
    driver.close();
  },
);
