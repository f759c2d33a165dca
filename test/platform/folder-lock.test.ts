/** The lock of a folder: one holder, whom only a process that may write to the folder can prevent. INV-LOCK-03 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FOLDER_LOCK, FolderLock } from '../../src/platform/index.js';
import { endsWithTest } from '../child.js';
import { temporaryFolder } from '../temporary.js';

const NOBODY = 65_534;

function newFolder(): string {
  return path.join(temporaryFolder(), 'deep', 'locked');
}

function take(folder: string): FolderLock | null {
  const lock = FolderLock.tryTake(folder);
  onTestFinished(() => lock?.release());
  return lock;
}

describe('the lock of a folder', () => {
  it('has one holder, until that releases it or its lock file has no name', () => {
    const folder = newFolder();
    const first = take(folder);
    expect(first).not.toBeNull();
    expect(take(folder)).toBeNull();
    first?.release();
    expect(fs.readdirSync(folder)).toEqual([]);
    const second = take(folder);
    first?.release();
    expect(fs.readdirSync(folder)).toEqual([FOLDER_LOCK]);
    expect(take(folder)).toBeNull();
    second?.release(true);
    expect(fs.existsSync(folder)).toBe(false);
  });

  it('is free in the folder of a dead holder', () => {
    const folder = newFolder();
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.writeFileSync(path.join(folder, FOLDER_LOCK), '', { mode: 0o600 });
    expect(take(folder)).not.toBeNull();
  });

  it('keeps a folder that is not empty', () => {
    const folder = newFolder();
    const lock = take(folder);
    fs.writeFileSync(path.join(folder, 'precious'), 'x');
    lock?.release(true);
    expect(fs.readdirSync(folder)).toEqual(['precious']);
  });

  it('refuses a link or a folder in place of the lock file', () => {
    const folder = newFolder();
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, FOLDER_LOCK);
    fs.symlinkSync(path.join(temporaryFolder(), 'elsewhere'), file);
    expect(() => FolderLock.tryTake(folder)).toThrow(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE' }),
    );
    fs.rmSync(file);
    fs.mkdirSync(file);
    expect(() => FolderLock.tryTake(folder)).toThrow(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE' }),
    );
  });

  it('is a file that no other user can open', () => {
    const folder = newFolder();
    const mask = process.umask(0);
    onTestFinished(() => void process.umask(mask));
    take(folder);
    expect(fs.statSync(path.join(folder, FOLDER_LOCK)).mode & 0o777).toBe(0o600);
  });

  it('is not prevented by a user who may only read the folder and locks it', async (test) => {
    if (process.getuid?.() !== 0) test.skip('only root may start a process of another user');
    if (spawnSync('flock', ['--version']).error !== undefined)
      test.skip('flock of util-linux is not installed');
    const folder = fs.mkdtempSync('/tmp/ringwire-lock-');
    onTestFinished(() => fs.rmSync(folder, { recursive: true }));
    fs.chmodSync(folder, 0o755);
    const locker = endsWithTest(
      spawn('flock', ['--exclusive', folder, '-c', 'echo locked; sleep 60'], {
        uid: NOBODY,
        gid: NOBODY,
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      }),
    );
    onTestFinished(() => void process.kill(-(locker.pid as number), 'SIGKILL'));
    expect(String((await once(locker.stdout, 'data'))[0])).toBe('locked\n');
    expect(take(folder)).not.toBeNull();
  });
});
