/** A sparsely restored log or journal is allocated before it is mapped for writing. INV-MEM-02 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JournalWriter, ShmWriter } from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { temporaryFolder } from '../../temporary.js';
import { OPTIONS } from '../channel-under-test.js';

const SCRIPT = fileURLToPath(new URL('./processes/resume-and-fill.mjs', import.meta.url));
const LARGE = { ...OPTIONS, capacity: 1 << 20, maxMessageLength: 8000 };

/** Makes holes of all blocks that hold zeros, as a restored backup has them. */
function makeSparse(folder: string, target: string): void {
  const { status, stderr } = spawnSync('cp', ['-r', '--sparse=always', `${folder}/.`, target]);
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
}

function abandoned(kind: 'log' | 'journal'): string {
  const root = temporaryFolder();
  const writer = kind === 'log' ? ShmWriter.create(root, LARGE) : JournalWriter.create(root, LARGE);
  writer.write(Buffer.from('one'));
  writer.detach();
  return root;
}

function largestFile(root: string): string {
  const files = fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(root, name));
  return files.filter((file) => file.endsWith('.kekbit'))[0] as string;
}

function smallDisk(): string | null {
  const folder = temporaryFolder();
  const { status, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
  if (status !== 0) {
    process.stderr.write(
      `skipped: no small file system (${error?.message ?? 'mount is not allowed here'})\n`,
    );
    return null;
  }
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}

describe.each(['log', 'journal'] as const)('a sparsely restored %s', (kind) => {
  it('is resumed with every block allocated', () => {
    const restored = temporaryFolder();
    makeSparse(abandoned(kind), restored);
    const file = largestFile(restored);
    const before = fs.statSync(file);
    expect(before.blocks * 512).toBeLessThan(before.size);
    const writer = kind === 'log' ? ShmWriter.resume(restored, 9) : JournalWriter.resume(restored, 9);
    expect(fs.statSync(file).blocks * 512).toBeGreaterThanOrEqual(LARGE.capacity);
    expect(writer.writeOffset).toBe(16);
    writer.close();
  });

  it('on a full disk is NO_SPACE, not a signal, and can be resumed when space is free', () => {
    const root = smallDisk();
    if (root === null) return;
    makeSparse(abandoned(kind), root);
    const filler = path.join(root, 'filler');
    expect(() => {
      for (;;) fs.appendFileSync(filler, Buffer.alloc(4096));
    }).toThrow('ENOSPC');
    const resume = () => {
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, root, kind], {
        encoding: 'utf8',
      });
      expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
      return stdout.trim();
    };
    expect(resume()).toBe('NO_SPACE');
    fs.rmSync(filler);
    expect(resume()).toBe('written');
  });
});

it('a read-only look leaves a log unchanged', () => {
  const restored = temporaryFolder();
  makeSparse(abandoned('log'), restored);
  const file = largestFile(restored);
  const before = fs.statSync(file).blocks;
  expect(codeOf(() => ShmWriter.resume(restored, 8))).toBe('STORAGE_NOT_FOUND');
  expect(fs.statSync(file).blocks).toBe(before);
});
