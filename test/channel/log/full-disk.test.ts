/** A full disk: a creation fails and leaves no file; an existing channel can be filled completely. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ShmWriter } from '../../../src/channel/index.js';
import { availableBackends } from '../../../src/platform/index.js';
import { temporaryFolder } from '../../temporary.js';
import { OPTIONS } from '../channel-under-test.js';

const SCRIPT = fileURLToPath(new URL('./processes/fill-disk.mjs', import.meta.url));

/** A file system of one MiB, or null where this process may not mount one. */
function smallDisk(): string | null {
  const folder = temporaryFolder();
  const { status, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  if (status !== 0) {
    const why = error?.message ?? 'mount is not allowed here';
    process.stderr.write(`skipped: no small file system (${why}); the file size limit is tested instead\n`);
    return null;
  }
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}

function outcome(command: string, args: string[]) {
  const { stdout, stderr, status, signal } = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
  return JSON.parse(stdout) as {
    code: string;
    created: number;
    written: number;
    read: number;
    files: number;
  };
}

describe.each(availableBackends())('a full disk with %s', (backend) => {
  it.each([16_384, 300_000, 4_000_000])(
    'is reported at the creation of a channel of %i bytes, and not later',
    (capacity) => {
      const root = smallDisk();
      if (root === null) return;
      const result = outcome(process.execPath, [SCRIPT, root, backend, String(capacity)]);
      expect(result.code).toBe('NO_SPACE');
      // The channel and its bell.
      expect(result.files).toBe(2 * result.created);
      expect(result.read).toBe(result.written);
      if (capacity < 1_000_000) expect(result.written).toBeGreaterThan(100);
    },
  );

  it('without a free byte is also NO_SPACE', () => {
    const root = smallDisk();
    if (root === null) return;
    fs.mkdirSync(`${root}/0000_0000`);
    const fd = fs.openSync(`${root}/filler`, 'w');
    expect(() => {
      for (;;) fs.writeSync(fd, Buffer.alloc(4096));
    }).toThrow('ENOSPC');
    fs.closeSync(fd);
    expect(() => ShmWriter.create(root, { ...OPTIONS, backend })).toThrowError(
      expect.objectContaining({ code: 'NO_SPACE' }),
    );
    expect(fs.readdirSync(`${root}/0000_0000`)).toEqual([]);
  });

  it('or a file size limit is NO_SPACE, and no file is left', () => {
    const root = temporaryFolder();
    // ulimit -f counts 512-byte blocks in sh.
    const command = `ulimit -f 100 && exec "$0" "$@"`;
    const result = outcome('sh', ['-c', command, process.execPath, SCRIPT, root, backend, '1000000']);
    expect(result).toMatchObject({ code: 'NO_SPACE', created: 0, files: 0 });
  });
});
