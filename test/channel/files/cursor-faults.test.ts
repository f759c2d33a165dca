/** A cursor keeps a saved position after a failed file operation or a death of its process. INV-CURSOR-01 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DurableCursor } from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { temporaryFolder } from '../../temporary.js';

afterEach(() => void vi.restoreAllMocks());

const CHANNEL = { creationTime: 5n };
const SLOT = 512;

function failing(code: string): never {
  throw Object.assign(new Error(`${code}: injected`), { code });
}

/** Offset of the slot that holds the highest generation. */
function newestSlot(file: string): number {
  const bytes = fs.readFileSync(file);
  return bytes.readBigUInt64LE(16) > bytes.readBigUInt64LE(SLOT + 16) ? 0 : SLOT;
}

const slotAt = (file: string, offset: number) => fs.readFileSync(file).subarray(offset, offset + 52);

function savedTwice(): { file: string; cursor: DurableCursor } {
  const file = path.join(temporaryFolder(), 'cursor');
  const cursor = DurableCursor.open(file, CHANNEL);
  cursor.save({ position: 8, sequence: 1 });
  cursor.save({ position: 16, sequence: 2 });
  return { file, cursor };
}

describe('a save that throws leaves the newest slot, and so does the next save', () => {
  it.each([
    ['a position that is no number', { position: Number.NaN, sequence: 3 }],
    ['a negative position', { position: -8, sequence: 3 }],
    ['a fraction', { position: 24, sequence: 1.5 }],
    ['a user value that is no number', { position: 24, sequence: 3, userValue: Number.NaN }],
    ['a user value out of range', { position: 24, sequence: 3, userValue: 2 ** 53 }],
  ])('%s', (_what, place) => {
    const { file, cursor } = savedTwice();
    const newest = newestSlot(file);
    const before = slotAt(file, newest);
    expect(codeOf(() => cursor.save(place))).toBe('INVALID_ARGUMENT');
    expect(cursor.saved).toEqual({ position: 16, sequence: 2, userValue: 0 });
    cursor.save({ position: 32, sequence: 4 });
    expect(slotAt(file, newest)).toEqual(before);
    cursor.close();
  });

  it.each([
    ['ENOSPC', 'NO_SPACE'],
    ['EDQUOT', 'NO_SPACE'],
    ['EIO', 'COULD_NOT_ACCESS_STORAGE'],
    ['a short write', 'NO_SPACE'],
  ])('%s', (fault, code) => {
    const { file, cursor } = savedTwice();
    const newest = newestSlot(file);
    const before = slotAt(file, newest);
    vi.spyOn(fs, 'writeSync').mockImplementation(() => (fault === 'a short write' ? 20 : failing(fault)));
    for (let n = 0; n < 3; n++) {
      expect(codeOf(() => cursor.save({ position: 24, sequence: 3 }))).toBe(code);
    }
    vi.restoreAllMocks();
    expect(cursor.saved?.sequence).toBe(2);
    expect(DurableCursor.peek(file, CHANNEL)?.sequence).toBe(2);
    cursor.save({ position: 32, sequence: 4 });
    expect(slotAt(file, newest)).toEqual(before);
    expect(DurableCursor.peek(file, CHANNEL)?.sequence).toBe(4);
    cursor.close();
  });
});

describe('opening a cursor fails with a typed error, and leaves no descriptor and no lock, when', () => {
  const calls = ['openSync', 'fsyncSync', 'readSync', 'lstatSync', 'fstatSync'] as const;
  it.each(calls.flatMap((call) => ['EIO', 'EMFILE', 'ENOSPC'].map((code) => [call, code] as const)))(
    '%s answers %s',
    (call, code) => {
      const file = path.join(temporaryFolder(), 'cursor');
      const open = () => fs.readdirSync('/proc/self/fd').length;
      const before = open();
      vi.spyOn(fs, call as 'openSync').mockImplementation(() => failing(code));
      expect(['NO_SPACE', 'COULD_NOT_ACCESS_STORAGE']).toContain(
        codeOf(() => DurableCursor.open(file, CHANNEL)),
      );
      vi.restoreAllMocks();
      expect(open()).toBe(before);
      using cursor = DurableCursor.open(file, CHANNEL);
      cursor.save({ position: 8, sequence: 1 });
      expect(cursor.saved?.sequence).toBe(1);
    },
  );
});

it('a process killed right before or right after any file call of a cursor leaves one of its positions', () => {
  const script = fileURLToPath(new URL('./processes/killed-cursor.mjs', import.meta.url));
  let finished = false;
  for (let call = 1; !finished && call < 100; call++) {
    for (const when of ['before', 'after']) {
      const file = path.join(temporaryFolder(), 'cursor');
      const { signal, status } = spawnSync(process.execPath, [script, file, String(call), when], {
        encoding: 'utf8',
      });
      finished = signal === null;
      if (finished) expect(status).toBe(0);
      using cursor = DurableCursor.open(file, CHANNEL);
      const sequence = cursor.saved?.sequence ?? 0;
      expect(cursor.saved?.position ?? 0).toBe(8 * sequence);
      expect(sequence).toBeLessThanOrEqual(4);
      cursor.save({ position: 80, sequence: 10 });
      expect(DurableCursor.peek(file, CHANNEL)?.sequence).toBe(10);
    }
  }
  expect(finished).toBe(true);
});
