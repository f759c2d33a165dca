/** Calls of the system that fail when memory or descriptors are used up. */
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Readiness } from '../../src/platform/index.js';
import { type Libc, libc, MAP_FAILED } from '../../src/platform/libc.js';
import { disconnect } from '../../src/platform/sockets/disconnect.js';

function replace(calls: Partial<Libc>): void {
  const real: Partial<Libc> = libc();
  const before = { ...real };
  Object.assign(real, calls);
  onTestFinished(() => {
    Object.assign(real, before);
  });
}

describe('a view that cannot be disconnected from its file', () => {
  it('is reported, because it still shows the file', () => {
    replace({ mmap: () => MAP_FAILED, errno: () => 12 });
    expect(() => disconnect(4096n, 4096)).toThrowError(
      expect.objectContaining({
        code: 'MEMORY_MAPPING_FAILED',
        length: 4096,
        message: expect.stringContaining('ENOMEM'),
      }),
    );
  });
});

describe('the readiness of a descriptor', () => {
  it('is refused with the reason without a free descriptor', () => {
    replace({ eventfd: () => -1, errno: () => 24 });
    const fd = fs.openSync('/dev/null', 'r');
    onTestFinished(() => fs.closeSync(fd));
    expect(() => new Readiness(fd)).toThrowError(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_SOCKET', reason: 'EMFILE' }),
    );
  });
});
