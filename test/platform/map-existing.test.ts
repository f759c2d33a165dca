/** Files that this process did not create: every block is allocated before the file is mapped for writing. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mapExisting } from '../../src/platform/index.js';
import { type Libc, libc } from '../../src/platform/libc.js';
import { allocate, rewriteZeros } from '../../src/platform/mapping/map-existing.js';
import { memoryFolder, temporaryFolder } from '../temporary.js';

const LENGTH = 40 * 4096 + 100;

/** A file of holes with a few bytes in it. */
function sparseFile(folder: string) {
  const file = path.join(folder, 'sparse');
  const fd = fs.openSync(file, 'w+');
  onTestFinished(() => fs.closeSync(fd));
  fs.ftruncateSync(fd, LENGTH);
  for (const at of [0, 4095, 4096, 100_000, LENGTH - 1]) fs.writeSync(fd, Buffer.from([7]), 0, 1, at);
  return { fd, file, bytes: fs.readFileSync(file), blocks: () => fs.fstatSync(fd).blocks * 512 };
}

function answering(posixFallocate: Libc['posixFallocate']): void {
  const real = libc() as { -readonly [K in keyof Libc]: Libc[K] };
  const before = real.posixFallocate;
  real.posixFallocate = posixFallocate;
  onTestFinished(() => {
    real.posixFallocate = before;
  });
}

describe.each([
  ['shared memory', memoryFolder],
  ['the folder for temporary files', temporaryFolder],
])('a sparse file in %s', (_, folder) => {
  it('is allocated when it is mapped for writing, and keeps its bytes', () => {
    const { fd, file, bytes, blocks } = sparseFile(folder());
    expect(blocks()).toBeLessThan(LENGTH);
    const mapping = mapExisting(fd, file, { length: LENGTH, writable: true });
    expect(blocks()).toBeGreaterThanOrEqual(LENGTH);
    expect(Buffer.from(mapping.memory).equals(bytes)).toBe(true);
    mapping.close();
  });

  it('stays sparse when it is mapped for reading', () => {
    const { fd, file, blocks } = sparseFile(folder());
    mapExisting(fd, file, { length: LENGTH, writable: false }).close();
    expect(blocks()).toBeLessThan(LENGTH);
  });

  it('is allocated on a file system without fallocate', () => {
    const { fd, file, bytes, blocks } = sparseFile(folder());
    answering(() => os.constants.errno.EOPNOTSUPP);
    allocate(fd, LENGTH, file);
    expect(blocks()).toBeGreaterThanOrEqual(LENGTH);
    expect(fs.readFileSync(file).equals(bytes)).toBe(true);
  });

  it('is refused with NO_SPACE on a full disk without being mapped', () => {
    const { fd, file } = sparseFile(folder());
    answering(() => os.constants.errno.ENOSPC);
    expect(() => mapExisting(fd, file, { length: LENGTH, writable: true })).toThrowError(
      expect.objectContaining({ code: 'NO_SPACE', path: file, reason: 'ENOSPC' }),
    );
  });
});

it('is allocated again after a signal interrupts the allocation', () => {
  const { fd, file } = sparseFile(memoryFolder());
  const answers = [os.constants.errno.EINTR, os.constants.errno.EINTR, 0];
  answering(() => answers.shift() ?? -1);
  allocate(fd, LENGTH, file);
  expect(answers).toEqual([]);
});

it('allocates a file of any length without fallocate, and reports a full disk', () => {
  for (const length of [1, 511, 4096, 4097]) {
    const file = path.join(temporaryFolder(), 'odd');
    fs.writeFileSync(file, Buffer.alloc(length, 3));
    const fd = fs.openSync(file, 'r+');
    rewriteZeros(fd, length, file);
    expect(fs.readFileSync(file).equals(Buffer.alloc(length, 3))).toBe(true);
    fs.closeSync(fd);
    expect(() => rewriteZeros(fd, length, file)).toThrowError(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE' }),
    );
  }
});

it('only creators of a file map it without mapExisting', () => {
  const root = new URL('../../src/', import.meta.url).pathname;
  const direct = ['channel', 'platform', 'relay', 'recording', 'supervisor', 'health']
    .flatMap((folder) =>
      fs.readdirSync(path.join(root, folder), { recursive: true }).map((f) => `${folder}/${f}`),
    )
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => /\.map\([^()]*fd, [^()]*, true\)/.test(fs.readFileSync(path.join(root, file), 'utf8')));
  // The last one maps what the writer that shares it, in the same process, has mapped already.
  expect(direct.sort()).toEqual([
    'channel/log/create-log.ts',
    'channel/log/writing/shared-log.ts',
    'channel/ring/writing/open-ring-writer.ts',
  ]);
});
