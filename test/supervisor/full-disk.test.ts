/** A disk without space for another log: the process that needs it is refused, all others continue. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControlClient } from '../../src/control/index.js';
import { temporaryFolder } from '../temporary.js';
import { shell, supervise, WHILE_TESTED } from './supervised.js';

/** A file system of 12 MiB, or null where this process may not mount one. */
function smallDisk(): string | null {
  const folder = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder]);
  if (status !== 0) {
    process.stderr.write('skipped: no small file system may be mounted here\n');
    return null;
  }
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}

describe('a manager whose disk is full', () => {
  it('refuses the process whose logs have no space, and starts it when there is space', async () => {
    const disk = smallDisk();
    if (disk === null) return;
    const { manager, steps, until } = await supervise({ runtimeDir: path.join(disk, 'run') });
    const talk = shell(`i=0; while ${WHILE_TESTED}; do echo $i; i=$((i+1)); sleep 0.01; done`);
    await manager.register({ id: 'first', ...talk, stopTimeoutMs: 1_000 });
    await manager.register({ id: 'second', ...shell('echo here'), restart: 'never' });
    await manager.start('first');
    const filler = path.join(disk, 'filler');
    const fd = fs.openSync(filler, 'w');
    expect(() => {
      for (;;) fs.writeSync(fd, Buffer.alloc(4096));
    }).toThrow('ENOSPC');
    fs.closeSync(fd);

    await expect(manager.start('second')).rejects.toMatchObject({
      code: 'REFUSED',
      cause: { code: 'NO_SPACE' },
    });
    expect(steps('second')).toEqual(['registered', 'starting', 'crashed']);
    using client = await ControlClient.dial(manager.socketPath);
    await expect(client.start('second')).rejects.toThrow(/cannot start second: .*space/i);
    expect((await client.list()).map(({ state }) => state)).toEqual(['running', 'crashed']);
    // The output of the running process is still taken, although the disk is full.
    const length = () => manager.logsSnapshot('first', 0)?.length ?? 0;
    const before = length();
    while (length() < before + 20) await new Promise((resolve) => setTimeout(resolve, 20));
    await manager.stop('first');
    await manager.start('first');

    fs.rmSync(filler);
    await client.start('second');
    await until('second', 'stopped');
    expect(manager.logsSnapshot('second', 0)?.toString()).toBe('here\n');
    const lines = manager.logsSnapshot('first', 0)?.toString().split('\n') ?? [];
    const again = lines.lastIndexOf('0');
    expect(lines.slice(0, again)).toEqual(lines.slice(0, again).map((_, i) => String(i)));
  });
});
