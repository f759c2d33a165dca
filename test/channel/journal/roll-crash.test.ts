/** Death at every step of creating, rolling, deleting and resuming: INV-JOURNAL-03, -06 and -07. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type JournalOptions,
  JournalReader,
  JournalWriter,
  removeStaleLock,
  verifyJournal,
} from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { fill, JOURNAL, PER_SEGMENT, readNumbers, recordOf, upTo } from './journal-under-test.js';
import { everyStep, type Step } from './steps.js';

/** A journal with `count` records, and its writer. */
function filled(
  count: number,
  options: Partial<JournalOptions> = {},
): { root: string; writer: JournalWriter } {
  const root = memoryFolder();
  const writer = JournalWriter.create(root, { ...JOURNAL, ...options });
  fill(writer, 0, count);
  return { root, writer };
}

/**
 * What must hold of every state: a reader finds the records `oldest` to `count` - 1, perhaps one more, none missing; so
 * does the next writer, and what it writes follows.
 */
function expectSound({ root, name }: Step, oldest: readonly number[], count: number): void {
  {
    using reader = JournalReader.open(root, 5, { timeout: 'never' });
    const numbers = readNumbers(reader);
    expect(oldest, name).toContain(numbers[0] ?? 0);
    expect([count, count + 1], name).toContain(reader.sequence);
    expect(numbers, name).toEqual(upTo(reader.sequence, numbers[0] ?? reader.sequence));
    using newest = JournalReader.open(root, 5, { from: 'newest' });
    expect(newest.sequence, name).toBe(reader.sequence);
    const writer = JournalWriter.resume(root, 5);
    expect(writer.sequence, name).toBe(reader.sequence);
    fill(writer, writer.sequence, writer.sequence + PER_SEGMENT + 3);
    // The reader from before continues.
    const more = readNumbers(reader);
    expect([more[0], more.length, reader.sequence, reader.endReason], name).toEqual([
      writer.sequence - PER_SEGMENT - 3,
      PER_SEGMENT + 3,
      writer.sequence,
      null,
    ]);
    writer.close();
  }
  expect(verifyJournal(root, 5).problems, name).toEqual([]);
  fs.rmSync(root, { recursive: true });
}

describe('a writer that dies', () => {
  it('at any step of a roll loses no published record', () => {
    const count = 2 * PER_SEGMENT;
    const { root, writer } = filled(count);
    const steps = everyStep(root, () => writer.write(recordOf(count)));
    expect(steps.length).toBeGreaterThan(20);
    expect(steps.map(({ name }) => name)).toEqual(
      expect.arrayContaining([`linkSync 0000_0002.kekbit.${process.pid}.tmp`]),
    );
    for (const step of steps) expectSound(step, [0], count);
    writer.close();
  });

  it.each(['published', 'not published'])(
    'at any step of a roll for staged records, which are then %s, loses no published record',
    (end) => {
      const count = 2 * PER_SEGMENT;
      const { root, writer } = filled(count);
      const steps = everyStep(root, () => {
        for (const n of [count, count + 1]) {
          const at = writer.stage(40);
          recordOf(n).copy(writer.buffer, at);
        }
        if (end === 'published') writer.publish();
      });
      expect(writer.segment).toBe(2);
      for (const step of steps.slice(0, -1)) expectSound(step, [0], count);
      expectSound(steps.at(-1) as Step, [0], end === 'published' ? count + 2 : count);
      writer.close();
    },
  );

  it('at any step of a roll that deletes leaves a chain without a gap', () => {
    const count = 3 * PER_SEGMENT;
    const { root, writer } = filled(count, { retention: { maxSegments: 2 } });
    const steps = everyStep(root, () => writer.write(recordOf(count)));
    expect(steps.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['rmSync 0000_0001.kekbit', 'rmSync 0000_0001.index']),
    );
    for (const step of steps) expectSound(step, [PER_SEGMENT, 2 * PER_SEGMENT], count);
    writer.close();
  });

  it('at any step of resuming leaves a journal that can be resumed, also after an incomplete roll', () => {
    const count = PER_SEGMENT;
    const { root, writer: first } = filled(count);
    const states = everyStep(root, () => first.write(recordOf(count)));
    first.close();
    // In the middle of creating the next segment, and between that and the end of the one before.
    const created = states.findIndex(({ name }) => name.startsWith('linkSync')) + 5;
    for (const state of [states[Math.floor(states.length / 2)], states[created]]) {
      let writer: JournalWriter | undefined;
      const steps = everyStep(state?.root as string, () => {
        writer = JournalWriter.resume(state?.root as string, 5);
      });
      expect(steps.length).toBeGreaterThan(5);
      for (const step of steps) expectSound(step, [0], count);
      writer?.close();
    }
  });

  it('at any step of the creation of the journal leaves no file, or files that can be removed or resumed', () => {
    const root = memoryFolder();
    let writer: JournalWriter | undefined;
    const steps = everyStep(root, () => {
      writer = JournalWriter.create(root, JOURNAL);
    });
    for (const step of steps) {
      try {
        removeStaleLock(step.root, 5, { force: true });
      } catch (error) {
        expect((error as { code: string }).code, step.name).toBe('STORAGE_NOT_FOUND');
      }
      const next = JournalWriter.open(step.root, JOURNAL);
      expect(next.sequence).toBe(0);
      next.detach();
      expectSound(step, [0], 0);
    }
    writer?.close();
  });
});
