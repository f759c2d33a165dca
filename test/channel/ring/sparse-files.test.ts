/** Channels that were restored or copied sparsely: a writer fills the holes first, or is refused. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { channelPaths, RingReader, RingWriter, ShmReader, ShmWriter } from '../../../src/channel/index.js';
import { type Libc, libc } from '../../../src/platform/libc.js';
import { temporaryFolder } from '../../temporary.js';
import { RING } from './ring-under-test.js';

const OPTIONS = { ...RING, capacity: 1 << 20 };
const KINDS = [
  { name: 'ring', Writer: RingWriter, Reader: RingReader },
  { name: 'log', Writer: ShmWriter, Reader: ShmReader },
] as const;

describe.each(KINDS)('a sparse copy of a $name', ({ Writer, Reader }) => {
  function sparseCopy() {
    const [from, to] = [temporaryFolder(), temporaryFolder()];
    const writer = Writer.create(from, OPTIONS);
    writer.write(Buffer.from('kept'));
    writer.detach();
    execFileSync('cp', ['-r', '--sparse=always', `${from}/.`, to]);
    const { file } = channelPaths(to, 7);
    const allocated = () => fs.statSync(file).blocks * 512;
    expect(allocated()).toBeLessThan(OPTIONS.capacity);
    return { root: to, allocated };
  }

  it('is allocated when a writer resumes it, and keeps its records', () => {
    const { root, allocated } = sparseCopy();
    const writer = Writer.resume(root, 7);
    expect(allocated()).toBeGreaterThanOrEqual(OPTIONS.capacity);
    writer.write(Buffer.from('more'));
    const reader = Reader.open(root, 7);
    expect([reader.tryRead(), reader.tryRead()].map(String)).toEqual(['kept', 'more']);
    reader.close();
    writer.close();
  });

  it('is refused with NO_SPACE on a full disk, and can be resumed when space is free', () => {
    const { root } = sparseCopy();
    const real = libc() as { -readonly [K in keyof Libc]: Libc[K] };
    const { posixFallocate } = real;
    real.posixFallocate = () => os.constants.errno.ENOSPC;
    onTestFinished(() => {
      real.posixFallocate = posixFallocate;
    });
    expect(() => Writer.resume(root, 7)).toThrowError(expect.objectContaining({ code: 'NO_SPACE' }));
    real.posixFallocate = posixFallocate;
    Writer.resume(root, 7).close();
  });
});
