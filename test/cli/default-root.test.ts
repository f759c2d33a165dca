/** The folder of commands that are given none: every user knows its name, and may create it first. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { rootFolder } from '../../src/cli/channel-argument.js';
import { temporaryFolder } from '../temporary.js';

/** A user id that nobody has: the default root of this test is its own. */
const UID = 1_000_000_000 + process.pid;
const parent = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const folder = path.join(parent, `ringwire-${UID}`);
const refused = expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE', path: folder });

beforeEach(() => {
  vi.spyOn(process as { getuid(): number }, 'getuid').mockReturnValue(UID);
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
});
afterEach(() => void vi.restoreAllMocks());

describe('the default root', () => {
  it('is a folder of this user, or missing', () => {
    expect(rootFolder({})).toBe(folder);
    fs.mkdirSync(folder, { mode: 0o700 });
    expect(rootFolder({})).toBe(folder);
    expect(rootFolder({ root: 'other' })).toBe('other');
  });

  it('is refused when it is a symbolic link, also to a folder of this user', () => {
    fs.symlinkSync(temporaryFolder(), folder);
    expect(() => rootFolder({})).toThrow(refused);
  });

  it('is refused when other users may write to it', () => {
    fs.mkdirSync(folder);
    fs.chmodSync(folder, 0o777);
    expect(() => rootFolder({})).toThrow(refused);
  });

  it('is refused when it belongs to another user', () => {
    fs.mkdirSync(folder, { mode: 0o700 });
    if (process.geteuid?.() === 0) fs.chownSync(folder, UID + 1, 0);
    else vi.spyOn(process as { geteuid(): number }, 'geteuid').mockReturnValue(UID);
    expect(() => rootFolder({})).toThrow(refused);
  });
});
