/** Writer and reader of a ring compared with an array, for any history of writes and reads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RingReader, type RingWriter, WriteResult } from '../../../src/channel/index.js';
import { ringBatchLimit } from '../../../src/channel/ring/ring-header-layout.js';
import { ringRecordSize } from '../../../src/channel/ring/ring-record-layout.js';
import { openRing, recordOf } from './ring-under-test.js';

type Step =
  | { kind: 'write'; length: number }
  | { kind: 'claim'; length: number; commit: number }
  | { kind: 'abort'; length: number }
  | { kind: 'batch'; lengths: number[] }
  | { kind: 'stage'; lengths: number[]; publish: boolean }
  | { kind: 'heartbeat' }
  | { kind: 'poll'; limit: number };

const MOST = 120;
const length = fc.integer({ min: 1, max: MOST });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: length.map((n): Step => ({ kind: 'write', length: n })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(length, fc.integer({ min: 1, max: MOST }))
      .map(([n, m]): Step => ({ kind: 'claim', length: n, commit: Math.min(n, m) })),
  },
  { weight: 1, arbitrary: length.map((n): Step => ({ kind: 'abort', length: n })) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 })
      .map((lengths): Step => ({ kind: 'batch', lengths })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.array(length, { minLength: 1, maxLength: 12 }), fc.integer({ min: 0, max: 3 }))
      .map(([lengths, n]): Step => ({ kind: 'stage', lengths, publish: n > 0 })),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'heartbeat' }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 20 }).map((limit): Step => ({ kind: 'poll', limit })) },
);

for (const delivery of ['copy', 'in-place'] as const) {
  describe(`a ring read by ${delivery}`, () => {
    it('overwrite: delivers every record once and in order, or counts it as lost', {
      timeout: 180_000,
    }, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
          using ring = openRing({ maxMessageLength: MOST }, { delivery });
          const written: Buffer[] = [];
          let next = 0;
          for (const s of steps) {
            apply(ring.writer, s, written);
            if (s.kind !== 'poll') continue;
            next = pollAgainst(ring.reader, s.limit, written, next);
          }
          for (let before = -1; before !== next; ) {
            before = next;
            next = pollAgainst(ring.reader, 1000, written, next);
          }
          expect(next).toBe(written.length);
          expect(ring.reader.position).toBe(ring.writer.writeOffset);
        }),
        { numRuns: 300 },
      );
    });
  });
}

it('back pressure: delivers every record once and in order, and loses none', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      using ring = openRing({ maxMessageLength: MOST, policy: 'back-pressure' });
      const written: Buffer[] = [];
      let next = 0;
      for (const s of steps) {
        apply(ring.writer, s, written);
        if (s.kind === 'poll') next = pollAgainst(ring.reader, s.limit, written, next);
      }
      for (let before = -1; before !== next; ) {
        before = next;
        next = pollAgainst(ring.reader, 1000, written, next);
      }
      expect(next).toBe(written.length);
      expect(ring.reader.losses.records).toBe(0);
    }),
    { numRuns: 300 },
  );
});

function apply(writer: RingWriter, s: Step, written: Buffer[]): void {
  if (s.kind === 'write') {
    const record = recordOf(written.length, s.length);
    const before = writer.writeOffset;
    const taken = writer.tryWrite(record);
    if (taken > 0) written.push(record);
    expect(writer.writeOffset - before).toBe(Math.max(0, taken));
  } else if (s.kind === 'claim' || s.kind === 'abort') {
    const at = writer.tryClaim(s.length);
    if (at < 0) return;
    const record = recordOf(written.length, s.kind === 'claim' ? s.commit : s.length);
    record.copy(writer.buffer, at);
    if (s.kind === 'abort') writer.abort();
    else {
      writer.commit(s.commit);
      written.push(record);
    }
  } else if (s.kind === 'batch') {
    const records = s.lengths.map((n, i) => recordOf(written.length + i, n));
    const before = writer.writeOffset;
    const taken = writer.tryWriteBatch(records);
    if (taken > 0) written.push(...records);
    expect(writer.writeOffset - before).toBe(Math.max(0, taken));
  } else if (s.kind === 'stage') {
    stage(writer, s.lengths, s.publish, written);
  } else if (s.kind === 'heartbeat') {
    writer.tryWrite(new Uint8Array(0));
  }
}

/** Stages records until the ring refuses one; publishes on the way where a unit is full, and at the end or not. */
function stage(writer: RingWriter, lengths: readonly number[], publish: boolean, written: Buffer[]): void {
  let staged: Buffer[] = [];
  let bytes = 0;
  const publishStaged = () => {
    const before = writer.writeOffset;
    const taken = writer.publish();
    expect(taken).toBeGreaterThanOrEqual(bytes);
    expect(bytes).toBeLessThanOrEqual(ringBatchLimit(writer.header.capacity));
    expect(writer.writeOffset - before).toBe(taken);
    written.push(...staged);
    staged = [];
    bytes = 0;
  };
  for (const n of lengths) {
    let at = writer.stage(n);
    if (at === WriteResult.StageFull) {
      publishStaged();
      at = writer.stage(n);
      expect(at).not.toBe(WriteResult.StageFull);
    }
    if (at < 0) break;
    const record = recordOf(written.length + staged.length, n);
    record.copy(writer.buffer, at);
    staged.push(record);
    bytes += ringRecordSize(n);
  }
  if (publish) publishStaged();
  else writer.discard();
}

/** Polls and compares. @returns the sequence number of the next record */
function pollAgainst(reader: RingReader, limit: number, written: readonly Buffer[], next: number): number {
  let expected = next;
  let lost = reader.losses.records;
  reader.poll((buffer, offset, size) => {
    expected += reader.losses.records - lost;
    lost = reader.losses.records;
    expect(buffer.subarray(offset, offset + size)).toEqual(written[expected]);
    expected++;
  }, limit);
  expected += reader.losses.records - lost;
  expect(reader.sequence).toBe(expected);
  return expected;
}
