import { describe, expect, test } from 'vitest';
import { JournalReader } from '../../src/channel/index.js';
import { memoryFolder } from '../temporary.js';
import { ringwire } from './ringwire-command.js';

const lines = (count: number, from = 1) =>
  Array.from({ length: count }, (_, i) => `line ${from + i}\n`).join('');

describe('write --journal', () => {
  test('creates a journal, resumes it the next time, and each query reads it', async () => {
    const root = memoryFolder();
    const write = (input: string, ...more: string[]) =>
      ringwire(['write', '7', '-r', root, '--journal', '-c', '16K', '--json', ...more], { input });
    expect(JSON.parse((await write(lines(2000))).stdout)).toMatchObject({ records: 2000, complete: true });
    expect(JSON.parse((await write(lines(500, 2001))).stdout)).toMatchObject({ records: 500 });
    JournalReader.open(root, 7, { cursor: 'shop' }).close();

    const [cat, tail, stat, verify, ls] = await Promise.all([
      ringwire(['cat', '7', '-r', root]),
      ringwire(['tail', `${root}/0000_0000/0000_0007.journal`, '-n', '2500', '--no-follow']),
      ringwire(['stat', '7', '-r', root, '--json']),
      ringwire(['verify', '7', '-r', root]),
      ringwire(['ls', '-r', root]),
    ]);
    expect(cat).toMatchObject({ code: 0, stdout: lines(2500) });
    expect(tail).toMatchObject({ code: 0, stdout: lines(2500) });
    expect(JSON.parse(stat.stdout)).toMatchObject({
      kind: 'journal',
      state: 'closed',
      records: 2500,
      journal: { nextSequence: 2500, oldestSequence: 0, cursors: [{ name: 'shop' }], problems: [] },
    });
    expect(verify.code).toBe(0);
    expect(ls.stdout).toMatch(/7 +journal +closed +2.?500/);
  });

  test('deletes what --retain does not keep', async () => {
    const root = memoryFolder();
    const write = ['write', '7', '-r', root, '--journal', '-c', '16K', '--retain', '40K'];
    expect((await ringwire(write, { input: lines(5000) })).code).toBe(0);
    const { stdout } = await ringwire(['stat', '7', '-r', root]);
    expect(stdout).toMatch(/2 segments/);
    expect(stdout).toMatch(/since the beginning +5.?000 records/);
  });

  test('resumes a journal with its own capacity, and notes another one', async () => {
    const root = memoryFolder();
    const write = (input: string, ...more: string[]) =>
      ringwire(['write', '7', '-r', root, '--journal', ...more], { input });
    expect(await write(lines(1000), '-c', '16K')).toMatchObject({ code: 0 });
    expect(await write(lines(10, 1001), '--retain', '64K')).toMatchObject({ code: 0, stderr: '' });
    const other = await write(lines(10, 1011), '-c', '32K');
    expect(other.stderr).toBe('ringwire: journal 7 keeps the segments it was created with: 16 KiB\n');
    expect(other.code).toBe(0);
    expect((await ringwire(['cat', '7', '-r', root])).stdout).toBe(lines(1020));
  });

  test('refuses options of other kinds', async () => {
    const root = memoryFolder();
    const attempt = async (...options: string[]) =>
      (await ringwire(['write', '7', '-r', root, ...options], { input: '' })).stderr;
    expect(await attempt('--retain', '1M')).toContain("'--retain' needs '--journal'");
    expect(await attempt('--journal', '--ring')).toContain('exclude each other');
  });
});
