/** The writer's lock: one holder, and none at all as soon as it is dead. */
import fs from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isLocked, tryLock } from '../../src/platform/index.js';
import { child, kill, messageFrom } from '../child.js';
import { temporaryFolder } from '../temporary.js';

const HOLDER = new URL('./processes/hold-lock.mjs', import.meta.url);

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

  it('is refused while another process lives, stopped or not, and free as soon as it is dead: 20 times', async () => {
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

  it('needs a file that may be written, and says so', () => {
    const { path, open } = newFile();
    expect(() => tryLock(open('r'), path)).toThrowError(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE', reason: 'EBADF', path }),
    );
  });

  it('cannot be told of where there is no file', () => {
    const { open } = newFile();
    const fd = open('r');
    fs.closeSync(fd);
    expect(isLocked(fd)).toBeNull();
  });
});
