/** The writer's lock: one holder, and none at all as soon as it is dead. */
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isLocked, tryLock, tryLockNew, unlock } from '../../src/platform/index.js';
import { child, kill, messageFrom } from '../child.js';
import { temporaryFolder } from '../temporary.js';

const HOLDER = new URL('./processes/hold-lock.mjs', import.meta.url);
const READ_LOCKER = new URL('./processes/hold-read-lock.mjs', import.meta.url);

function newFile() {
  const path = `${temporaryFolder()}/locked`;
  fs.writeFileSync(path, 'x');
  const open = (flags: string) => {
    const fd = fs.openSync(path, flags);
    onTestFinished(() => {
      try {
        fs.closeSync(fd);
      } catch {
        // The test closed it.
      }
    });
    return fd;
  };
  return { path, open };
}

describe("the writer's lock", () => {
  it('is held by one open file, also within a process, until that is closed', () => {
    const { path, open } = newFile();
    const [first, second, third] = [open('r+'), open('r+'), open('r')];
    expect(isLocked(third)).toBe(false);
    expect(tryLock(first, path)).toBe(true);
    expect(tryLock(first, path)).toBe(true);
    expect(isLocked(first)).toBe(false);
    expect(tryLock(second, path)).toBe(false);
    expect([isLocked(second), isLocked(third)]).toEqual([true, true]);
    // A test takes nothing, and closing another open file of it gives nothing back.
    fs.closeSync(third);
    expect(tryLock(second, path)).toBe(false);
    fs.closeSync(first);
    expect(tryLock(second, path)).toBe(true);
  });

  it('is refused while another process runs or is stopped, and free after its death: 20 times', async () => {
    const { path, open } = newFile();
    const [own, probe] = [open('r+'), open('r')];
    for (let i = 0; i < 20; i++) {
      const holder = child(HOLDER, path);
      expect(await messageFrom(holder)).toEqual({ locked: true });
      expect([tryLock(own, path), isLocked(probe)]).toEqual([false, true]);
      if (i === 0) {
        holder.kill('SIGSTOP');
        expect([tryLock(own, path), isLocked(probe)]).toEqual([false, true]);
      }
      await kill(holder);
      expect(isLocked(probe)).toBe(false);
    }
    expect(tryLock(own, path)).toBe(true);
  });

  it('is refused with the reason for a read-only file', () => {
    const { path, open } = newFile();
    expect(() => tryLock(open('r'), path)).toThrowError(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE', reason: 'EBADF', path }),
    );
  });

  it('cannot be tested without a file', () => {
    const { open } = newFile();
    const fd = open('r');
    fs.closeSync(fd);
    expect(isLocked(fd)).toBeNull();
  });
});

describe('a read lock, which needs no more than permission to read', () => {
  async function readLocked() {
    const file = newFile();
    const locker = child(READ_LOCKER, file.path);
    expect(await messageFrom(locker)).toEqual({ locked: true });
    return { ...file, locker };
  }

  it('is not an owner', async () => {
    const { open } = await readLocked();
    expect([isLocked(open('r+')), isLocked(open('r'))]).toEqual([false, false]);
  });

  it('does not prevent an owner, and a second owner is refused', async () => {
    const { path, open, locker } = await readLocked();
    const [owner, other, reader] = [open('r+'), open('r+'), open('r')];
    expect(tryLock(owner, path)).toBe(true);
    expect(tryLock(owner, path)).toBe(true);
    expect([isLocked(owner), isLocked(other), isLocked(reader)]).toEqual([false, true, true]);
    expect(tryLock(other, path)).toBe(false);
    await kill(locker);
    // Without the read lock the file itself could be locked; its owner is still the one that has the guard.
    expect(tryLock(other, path)).toBe(false);
    expect([isLocked(owner), isLocked(other), isLocked(reader)]).toEqual([false, true, true]);
    unlock(owner);
    expect([isLocked(other), isLocked(reader)]).toEqual([false, false]);
    expect(fs.existsSync(`${path}.guard`)).toBe(false);
    expect(tryLock(other, path)).toBe(true);
    expect(isLocked(reader)).toBe(true);
  });

  it('leaves the ranges of a file independent', async () => {
    const { path, open } = await readLocked();
    const [first, second, third] = [open('r+'), open('r+'), open('r+')];
    const [low, high] = [
      { start: 0, length: 1 },
      { start: 1, length: 1 },
    ];
    expect([tryLock(first, path, low), tryLock(second, path, high)]).toEqual([true, true]);
    expect([tryLock(third, path, low), isLocked(third, low), isLocked(third, high)]).toEqual([
      false,
      true,
      true,
    ]);
    unlock(first, low);
    expect(fs.existsSync(`${path}.guard`)).toBe(true);
    expect([isLocked(third, low), isLocked(third, high)]).toEqual([false, true]);
    unlock(second, high);
    expect(fs.existsSync(`${path}.guard`)).toBe(false);
  });

  it('frees the range when a process that owns it through the guard is killed: 5 times', async () => {
    const { path, open } = await readLocked();
    const own = open('r+');
    for (let i = 0; i < 5; i++) {
      const holder = child(HOLDER, path);
      expect(await messageFrom(holder)).toEqual({ locked: true });
      expect([tryLock(own, path), isLocked(own)]).toEqual([false, true]);
      await kill(holder);
      expect(isLocked(own)).toBe(false);
    }
    expect(tryLock(own, path)).toBe(true);
  });

  it('refuses the lock of a file without a name', async () => {
    const { path, open } = await readLocked();
    expect(tryLockNew(open('r+'), path)).toBe(false);
    expect(fs.existsSync(`${path}.guard`)).toBe(false);
  });

  it('does not take the guard of a descriptor that was closed for that of the next one with its number', async () => {
    const { path } = await readLocked();
    // Two names of one file, as of a file whose inode a new file has got.
    const other = `${path}-2`;
    fs.linkSync(path, other);
    const first = fs.openSync(path, 'r+');
    expect(tryLock(first, path)).toBe(true);
    fs.closeSync(first);
    const second = fs.openSync(other, 'r+');
    onTestFinished(() => fs.closeSync(second));
    expect(second).toBe(first);
    expect(tryLock(second, other)).toBe(true);
    expect(fs.existsSync(`${other}.guard`)).toBe(true);
    expect(fs.existsSync(`${path}.guard`)).toBe(false);
    unlock(second);
  });

  it('gives the guard to those that may write the file, and to no other user', async () => {
    const { path, open } = await readLocked();
    for (const [mode, guard] of [
      [0o644, 0o600],
      [0o664, 0o660],
    ] as const) {
      fs.chmodSync(path, mode);
      const owner = open('r+');
      const mask = process.umask(0);
      expect(tryLock(owner, path)).toBe(true);
      process.umask(mask);
      expect(fs.statSync(`${path}.guard`).mode & 0o777).toBe(guard);
      unlock(owner);
    }
  });
});
