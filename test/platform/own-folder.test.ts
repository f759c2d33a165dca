import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeOwnFolder, requireOwnFolder } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';

function folder(mode: number): string {
  const made = path.join(temporaryFolder(), 'folder');
  fs.mkdirSync(made);
  fs.chmodSync(made, mode);
  return made;
}

describe('a folder', () => {
  it.each([0o700, 0o755, 0o1777])('of this user with mode %o is accepted', (mode) => {
    expect(() => requireOwnFolder(folder(mode))).not.toThrow();
  });

  it.each([0o777, 0o775])('that others may write to, mode %o, is refused', (mode) => {
    expect(() => requireOwnFolder(folder(mode))).toThrow(/other users may write to it/);
  });

  it('that is a symbolic link is refused', () => {
    const link = path.join(temporaryFolder(), 'link');
    fs.symlinkSync(folder(0o700), link);
    expect(() => requireOwnFolder(link)).toThrow(/symbolic link/);
    expect(() => makeOwnFolder(link)).toThrow(/symbolic link/);
  });

  it('of another user is refused', (test) => {
    if (process.getuid?.() !== 0) test.skip('only root can give a folder away');
    const made = folder(0o700);
    fs.chownSync(made, 12_345, 12_345);
    expect(() => requireOwnFolder(made)).toThrow(/belongs to user 12345/);
  });

  it('is created for this user alone', () => {
    const made = path.join(temporaryFolder(), 'a/b');
    makeOwnFolder(made);
    expect(fs.statSync(made).mode & 0o777).toBe(0o700);
  });
});
