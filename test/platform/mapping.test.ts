/** Mapping a file: what is stored is in the file, what is flushed is on disk, what is closed is out of reach. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  availableBackends,
  BACKEND_VARIABLE,
  type BackendName,
  type MappingBackend,
  reserve,
  selectBackend,
  storageError,
  writeZeros,
} from '../../src/platform/index.js';
import { libc, MS_SYNC } from '../../src/platform/libc.js';
import { mmapIoBackend } from '../../src/platform/mapping/mapping-mmap-io.js';
import { occupyPool } from '../busy-pool.js';
import { temporaryFolder } from '../temporary.js';

const LENGTH = 5 * 4096 + 40;

function newFile(length = LENGTH): { fd: number; path: string } {
  const path = `${temporaryFolder()}/mapped`;
  const fd = fs.openSync(path, 'wx+');
  reserve(fd, length, path);
  return { fd, path };
}

const code = (expected: string) => expect.objectContaining({ code: expected });

function run(script: string, ...args: string[]): unknown {
  const file = fileURLToPath(new URL(`./processes/${script}`, import.meta.url));
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, ['--expose-gc', file, ...args], {
    encoding: 'utf8',
    timeout: 180_000,
  });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

describe.each(availableBackends())('a mapping by %s', (name) => {
  it('shares its bytes with the file in both directions', () => {
    const { fd, path } = newFile();
    const mapping = selectBackend(LENGTH, name).map(fd, LENGTH, true);
    const bytes = Buffer.from(mapping.memory);
    expect(bytes.length).toBe(LENGTH);
    bytes.write('stored', LENGTH - 6);
    expect(fs.readFileSync(path, 'latin1').slice(-6)).toBe('stored');
    fs.writeSync(fd, Buffer.from('seen'), 0, 4, 0);
    expect(bytes.toString('latin1', 0, 4)).toBe('seen');
    mapping.close();
    fs.closeSync(fd);
  });

  it('flushes any range of bytes, synchronously and asynchronously', async () => {
    const { fd, path } = newFile();
    const mapping = selectBackend(LENGTH, name).map(fd, LENGTH, true);
    const bytes = new Uint8Array(mapping.memory);
    let filler = 0;
    for (const [offset, length] of [
      [0, LENGTH],
      [0, 1],
      [1, 1],
      [4095, 2],
      [4096, 4096],
      [LENGTH - 1, 1],
      [5000, 10 * LENGTH],
    ] as const) {
      bytes.fill(++filler);
      expect(mapping.flush(offset, length)).toBeUndefined();
      await expect(mapping.flushAsync(offset, length)).resolves.toBeUndefined();
      expect(fs.readFileSync(path).equals(Buffer.alloc(LENGTH, filler))).toBe(true);
    }
    mapping.close();
    fs.closeSync(fd);
  });

  it('keeps its memory and its descriptor until an asynchronous flush has ended. INV-MEM-03', async () => {
    const { fd, path } = newFile();
    const mapping = selectBackend(LENGTH, name).map(fd, LENGTH, true);
    const isMapped = () => fs.readFileSync('/proc/self/maps', 'utf8').includes(path);
    let released = 0;
    occupyPool();
    const flushes = [mapping.flushAsync(0, LENGTH), mapping.flushAsync(4096, 1)];
    mapping.close(() => {
      released++;
      fs.closeSync(fd);
    });
    mapping.close(() => released++);
    expect({ released, mapped: isMapped() }).toEqual({ released: 0, mapped: true });
    await Promise.all(flushes);
    expect(released).toBe(1);
    if (name === 'koffi') expect(isMapped()).toBe(false);
  });

  it('flushes whole pages of the mapping, and none after it', () => {
    // msync itself is the witness: it refuses an address inside a page, and one that is not mapped.
    const { fd } = newFile();
    const mapping = selectBackend(LENGTH, name).map(fd, LENGTH, true);
    const address = libc().addressOf(mapping.memory);
    expect(address % BigInt(libc().pageSize)).toBe(0n);
    expect(libc().msync(address + 1n, 1, MS_SYNC)).toBe(-1);
    mapping.flush(1, 1);
    mapping.flush(LENGTH - 1, 1_000_000);
    mapping.close();
    fs.closeSync(fd);
  });

  it('allocates its pages before use without a change of its bytes', () => {
    const { fd, path } = newFile();
    fs.writeSync(fd, Buffer.from('there'), 0, 5, 4096);
    const mapping = selectBackend(LENGTH, name).map(fd, LENGTH, true);
    mapping.prefault();
    expect(fs.readFileSync(path, 'latin1').slice(4096, 4101)).toBe('there');
    mapping.close();
    fs.closeSync(fd);
  });

  it('refuses every call after close', () => {
    const { fd } = newFile();
    const mapping = selectBackend(LENGTH, name).map(fd, LENGTH, true);
    mapping.close();
    mapping.close();
    expect(() => mapping.flush(0, 1)).toThrowError(code('CLOSED'));
    fs.closeSync(fd);
  });

  it('of a file that cannot be mapped is an error', () => {
    const fd = fs.openSync('/proc/self/status', 'r');
    expect(() => selectBackend(4096, name).map(fd, 4096, false)).toThrowError(code('MEMORY_MAPPING_FAILED'));
    fs.closeSync(fd);
    const closed = fs.openSync('/dev/null', 'r');
    fs.closeSync(closed);
    expect(() => selectBackend(4096, name).map(closed, 4096, false)).toThrowError(
      code('MEMORY_MAPPING_FAILED'),
    );
  });

  it('leaves no view that reaches the file, or anything else, after close', () => {
    expect(run('views-after-close.mjs', temporaryFolder(), name)).toMatchObject({
      first: 0,
      second: 0,
      reached: false,
      unchanged: true,
      views: 7,
    });
  });

  it('is unmapped after close, ten thousand times', () => {
    const { fd, path } = newFile();
    fs.closeSync(fd);
    const { growth } = run('leave-mapped.mjs', path, name) as { growth: number };
    expect(growth).toBeLessThan(500);
  });
});

describe('the back end', () => {
  const { [BACKEND_VARIABLE]: before } = process.env;
  afterEach(() => {
    if (before === undefined) delete process.env[BACKEND_VARIABLE];
    else process.env[BACKEND_VARIABLE] = before;
  });

  it('is the one of the option, then that of the environment', () => {
    for (const name of availableBackends()) {
      process.env[BACKEND_VARIABLE] = 'koffi';
      expect(selectBackend(4096, name).name).toBe(name);
      process.env[BACKEND_VARIABLE] = name;
      expect(selectBackend(4096).name).toBe(name);
    }
  });

  it('is koffi unless another one is chosen, also where mmap-io loads', () => {
    process.env[BACKEND_VARIABLE] = '';
    expect(selectBackend(4096).name).toBe('koffi');
    delete process.env[BACKEND_VARIABLE];
    expect(selectBackend(4096).name).toBe('koffi');
  });

  it('is refused when it is unknown', () => {
    expect(() => selectBackend(4096, 'mmap' as BackendName)).toThrowError(code('INVALID_ARGUMENT'));
    process.env[BACKEND_VARIABLE] = 'none';
    expect(() => selectBackend(4096)).toThrowError(code('INVALID_ARGUMENT'));
  });

  it('mmap-io refuses lengths beyond 32 bits', () => {
    if (mmapIoBackend() === null) {
      process.stderr.write('mmap-io does not load on this Node: its tests are left out\n');
      expect(() => selectBackend(4096, 'mmap-io')).toThrowError(code('NATIVE_MODULE_MISSING'));
      return;
    }
    for (const length of [2 ** 31, 2 ** 32, 2 ** 32 + 4096]) {
      expect(() => selectBackend(length, 'mmap-io')).toThrowError(
        expect.objectContaining({ code: 'MEMORY_MAPPING_FAILED', maxAllowed: 2 ** 31 - 1, length }),
      );
    }
  });

  it('koffi refuses lengths beyond the limit of ArrayBuffer without aborting the process', () => {
    const { maxLength }: MappingBackend = selectBackend(4096, 'koffi');
    expect(() => selectBackend(maxLength + 1, 'koffi')).toThrowError(code('MEMORY_MAPPING_FAILED'));
  });
});

describe('reservation', () => {
  it('allocates every block', () => {
    const { fd } = newFile(1 << 20);
    expect(fs.fstatSync(fd).size).toBe(1 << 20);
    expect(fs.fstatSync(fd).blocks * 512).toBeGreaterThanOrEqual(1 << 20);
    fs.closeSync(fd);
  });

  it('writes zeros on a file system that cannot allocate', () => {
    const path = `${temporaryFolder()}/zeros`;
    const fd = fs.openSync(path, 'wx+');
    writeZeros(fd, (1 << 20) + 12_345, path);
    expect(fs.readFileSync(path).equals(Buffer.alloc((1 << 20) + 12_345))).toBe(true);
    expect(fs.fstatSync(fd).blocks * 512).toBeGreaterThanOrEqual(1 << 20);
    fs.closeSync(fd);
    expect(() => writeZeros(fs.openSync(path, 'r'), 10, path)).toThrowError(code('COULD_NOT_ACCESS_STORAGE'));
  });

  it('distinguishes a full disk from other errors', () => {
    expect(
      ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS'].map((why) => storageError('x', why, 1).code),
    ).toEqual(['NO_SPACE', 'NO_SPACE', 'NO_SPACE', 'COULD_NOT_ACCESS_STORAGE', 'COULD_NOT_ACCESS_STORAGE']);
  });
});
