import { expect, it } from 'vitest';
import { RingWriter, resumeOrCreateRing, TickUnit } from '../../../src/channel/index.js';
import type { RingOptions } from '../../../src/channel/ring/ring-options.js';
import { memoryFolder } from '../../temporary.js';
import { text } from '../../writer-and-reader.js';
import { RING } from './ring-under-test.js';

const WAITING: RingOptions = { ...RING, policy: 'back-pressure', stuckReader: 'evict', stuckAfterMs: 200 };

it.each<[Partial<RingOptions>, string]>([
  [{ capacity: 4096 }, 'capacity 1024, not 4096'],
  [{ maxMessageLength: 64 }, 'maxMessageLength 56, not 64'],
  [{ timeout: 5 }, 'timeout 1000, not 5'],
  [{ tickUnit: TickUnit.Secs }, 'tickUnit 3, not 0'],
  [{ policy: 'overwrite' }, 'policy back-pressure, not overwrite'],
  [{ stuckReader: 'fail' }, 'stuckReader evict, not fail'],
  [{ stuckAfterMs: 300 }, 'stuckAfterMs 200, not 300'],
])('opening an existing ring with %j is refused, naming both values', (differing, words) => {
  const root = memoryFolder();
  RingWriter.open(root, WAITING).detach();
  expect(() => RingWriter.open(root, { ...WAITING, ...differing })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(words) }),
  );
  const writer = RingWriter.open(root, WAITING);
  expect(writer.epoch, 'the refused opening took nothing over').toBe(1);
  writer.close();
});

it('opening an existing ring compares rounded values, and accepts what is not given', () => {
  const root = memoryFolder();
  RingWriter.open(root, WAITING).detach();
  const writer = RingWriter.open(root, { ...RING, writerId: 77, capacity: 1000, maxMessageLength: 50 });
  expect(writer.header).toMatchObject({ writerId: 1n, capacity: 1024, policy: 'back-pressure' });
  writer.close();
});

it('resumeOrCreateRing keeps the options of the existing ring', () => {
  const root = memoryFolder();
  const first = resumeOrCreateRing(root, RING);
  first.write(text('a'));
  first.detach();
  const writer = resumeOrCreateRing(root, { ...RING, capacity: 8192, maxMessageLength: 128, timeout: 1 });
  expect(writer.header).toMatchObject({ capacity: 1024, maxMessageLength: 56, timeout: 1000n });
  expect(writer.sequence).toBe(1);
  writer.close();
});
