/** `moveToTime` skips no record published since a time, with any change of the wall clock. INV-JOURNAL-09 */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { JournalReader, JournalWriter } from '../../../src/channel/index.js';
import { decodeIndexHeader, encodeIndexHeader } from '../../../src/channel/journal/index-layout.js';
import { journalPaths, listSegments, segmentPaths } from '../../../src/channel/journal/journal-path.js';
import { readIndex } from '../../../src/channel/journal/segment-index.js';
import { ManualClock } from '../../../src/platform/index.js';
import { memoryFolder } from '../../temporary.js';
import { JOURNAL, PER_SEGMENT, recordOf } from './journal-under-test.js';

const SECOND = 1_000_000_000n;
const START = 1_700_000_000n * SECOND;
const HOUR = 3600n * SECOND;

/** Writes records, and remembers what the wall clock showed when each was published, in milliseconds. */
class TimedJournal {
  readonly root = memoryFolder();
  readonly clock = new ManualClock(START);
  readonly published: number[] = [];
  #writer = this.#open();

  write(count: number): void {
    for (let n = 0; n < count; n++) {
      this.#writer.write(recordOf(this.published.length));
      this.published.push(Number(this.clock.unixNanos() / 1_000_000n));
      this.clock.advance(10);
    }
  }

  setBack(nanos: bigint): void {
    this.clock.setUnixNanos(this.clock.unixNanos() - nanos);
  }

  reopen(end: 'close' | 'detach' = 'close'): void {
    this.#writer[end]();
    this.#writer = this.#open();
  }

  close(): void {
    this.#writer.close();
  }

  /** How many records from a time on come before the place that `moveToTime` finds. */
  missedFrom(millis: number): number {
    using reader = JournalReader.open(this.root, 5);
    reader.moveToTime(millis);
    const { sequence } = reader;
    return this.published.filter((time, n) => time >= millis && n < sequence).length;
  }

  /** All times of all indexes, in order. */
  indexTimes(): bigint[] {
    const { folder } = journalPaths(this.root, 5);
    return listSegments(folder, JOURNAL.capacity).flatMap((ordinal) => {
      const { index } = segmentPaths(folder, ordinal);
      const journal = decodeIndexHeader(fs.readFileSync(index))?.journal as bigint;
      return (
        readIndex(index, { journal, ordinal, capacity: JOURNAL.capacity })?.entries.map(({ time }) => time) ??
        []
      );
    });
  }

  expectNothingMissed(): void {
    const moments = new Set(this.published.flatMap((millis) => [millis - 1, millis, millis + 1]));
    for (const millis of [...moments].filter((_, n) => n % 7 === 0)) {
      expect({ millis, missed: this.missedFrom(millis) }).toEqual({ millis, missed: 0 });
    }
    const times = this.indexTimes();
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  }

  #open(): JournalWriter {
    return JournalWriter.open(this.root, { ...JOURNAL, clock: this.clock });
  }
}

describe('no record is missed after a time if the clock is set back', () => {
  it('once during one writer', () => {
    const journal = new TimedJournal();
    journal.write(700);
    journal.setBack(HOUR);
    journal.write(700);
    journal.close();
    journal.expectNothingMissed();
  });

  it('before each roll repeatedly, and forward', () => {
    const journal = new TimedJournal();
    for (let n = 0; n < 6; n++) {
      journal.write(PER_SEGMENT - 3);
      journal.setBack(BigInt(n) * 20n * SECOND);
      journal.write(3);
      if (n === 3) journal.setBack(-HOUR);
    }
    journal.close();
    journal.expectNothingMissed();
  });

  it.each(['close', 'detach'] as const)('between two writers, the first of which ends by %s', (end) => {
    const journal = new TimedJournal();
    for (let n = 0; n < 4; n++) {
      journal.write(200);
      // Without an end, the records since the last entry carry times that nothing else knows.
      if (end === 'detach') journal.setBack(HOUR);
      journal.write(60);
      journal.reopen(end);
      if (end === 'close') journal.setBack(HOUR);
      journal.write(50);
    }
    journal.close();
    journal.expectNothingMissed();
  });

  it('at random moments by random steps (seeded)', () => {
    for (let seed = 1; seed <= 5; seed++) {
      let state = seed;
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 8) % below;
      };
      const journal = new TimedJournal();
      for (let n = 0; n < 20; n++) {
        journal.write(random(120));
        const step = BigInt(random(7200) - 3600) * SECOND;
        // A step forward and back between two entries is not seen.
        if (step > 0n) journal.setBack(step);
        else if (random(3) === 0) {
          journal.write(100);
          journal.setBack(step);
          journal.write(100);
        }
        if (random(4) === 0) journal.reopen();
      }
      journal.close();
      journal.expectNothingMissed();
    }
  });
});

it('index times do not advance until the clock has caught up, and then follow it', () => {
  const journal = new TimedJournal();
  journal.write(300);
  journal.setBack(2n * SECOND);
  journal.write(800);
  journal.close();
  const latest = journal.indexTimes().at(-1) as bigint;
  expect(latest).toBe(journal.clock.unixNanos());
  const after = journal.published.at(-10) as number;
  using reader = JournalReader.open(journal.root, 5);
  reader.moveToTime(after);
  // At most one index step, 4 KiB, too early.
  expect(journal.published.length - reader.sequence).toBeLessThan(10 + 4096 / 48 + 1);
});

it('moveToTime skips no record with indexes of earlier versions, whose times decrease between segments', () => {
  const journal = new TimedJournal();
  journal.write(2 * PER_SEGMENT + 100);
  journal.close();
  const { folder } = journalPaths(journal.root, 5);
  const { index } = segmentPaths(folder, 2);
  const bytes = fs.readFileSync(index);
  const header = decodeIndexHeader(bytes);
  if (header === null) throw new Error('no index');
  encodeIndexHeader({ ...header, created: START - HOUR }).copy(bytes);
  fs.writeFileSync(index, bytes);
  for (const n of [0, 5, 100, PER_SEGMENT, PER_SEGMENT + 200, 2 * PER_SEGMENT - 100]) {
    expect(journal.missedFrom(journal.published[n] as number)).toBe(0);
  }
});

it('reads an index up to its torn entry', () => {
  const journal = new TimedJournal();
  journal.write(PER_SEGMENT + 200);
  journal.close();
  const { folder } = journalPaths(journal.root, 5);
  for (const ordinal of [0, 1]) {
    const { index } = segmentPaths(folder, ordinal);
    const bytes = fs.readFileSync(index);
    bytes.fill(0xaa, bytes.length - 20);
    fs.writeFileSync(index, bytes);
  }
  journal.expectNothingMissed();
});
