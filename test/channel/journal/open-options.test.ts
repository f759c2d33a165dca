import { expect, it } from 'vitest';
import { JournalWriter, TickUnit } from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { JOURNAL } from './journal-under-test.js';

it.each([
  [{ capacity: 32_768 }, 'capacity 16384, not 32768'],
  [{ maxMessageLength: 50 }, 'maxMessageLength 112, not 64'],
  [{ timeout: 5 }, 'timeout 1000, not 5'],
  [{ tickUnit: TickUnit.Secs }, 'tickUnit 3, not 0'],
])('opening an existing journal with %j is refused, naming both values', (differing, words) => {
  const root = memoryFolder();
  JournalWriter.open(root, JOURNAL).close();
  expect(() => JournalWriter.open(root, { ...JOURNAL, ...differing })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(words) }),
  );
  const writer = JournalWriter.open(root, { ...JOURNAL, writerId: 77, retention: { maxSegments: 3 } });
  expect(writer.header.writerId).toBe(1n);
  writer.close();
});
