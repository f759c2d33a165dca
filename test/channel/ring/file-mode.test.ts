/**
 * The permissions of a new channel: the requested ones less the mask of the process. Its lock is held from
 * the start.
 */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RingWriter, ShmWriter } from '../../../src/channel/index.js';
import { WRITER_LOCK } from '../../../src/channel/ring/ring-header-layout.js';
import { isLocked } from '../../../src/platform/index.js';
import { memoryFolder } from '../../temporary.js';
import { RING } from './ring-under-test.js';

describe.each([
  ['ring', RingWriter],
  ['log', ShmWriter],
] as const)('a new %s', (_, Writer) => {
  it.each([
    [0o600, 0o022, 0o600],
    [0o644, 0o022, 0o644],
    [0o666, 0o022, 0o644],
    [0o666, 0o077, 0o600],
    [0o664, 0o002, 0o664],
  ])('with fileMode %o under the mask %o has the mode %o', (fileMode, mask, mode) => {
    const before = process.umask(mask);
    try {
      const writer = Writer.create(memoryFolder(), { ...RING, capacity: 16_384, fileMode });
      expect(fs.statSync(writer.path).mode & 0o777).toBe(mode);
      const fd = fs.openSync(writer.path, 'r');
      expect(isLocked(fd, WRITER_LOCK)).toBe(true);
      fs.closeSync(fd);
      writer.close();
    } finally {
      process.umask(before);
    }
  });
});
