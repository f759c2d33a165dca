/** The destination of a relay: the owner of its bookmark, and its flushed records. */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import { DurableCursor, type Loss, RingReader, RingWriter, ShmWriter, TickUnit } from '../../src/index.js';
import type { DestinationOptions } from '../../src/relay/open-destination.js';
import { RelayDestination } from '../../src/relay/relay-destination.js';
import { memoryFolder } from '../temporary.js';

const options = {
  channelId: 2,
  writerId: 1,
  capacity: 65_536,
  maxMessageLength: 256,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};
const KINDS = ['log', 'ring'] as const;
const into = (root: string, kind: (typeof KINDS)[number]): DestinationOptions =>
  kind === 'log' ? { root, kind, options } : { root, kind, options };

it.each(KINDS)('a second receiver into a %s is refused and leaves the bookmark of the first', (kind) => {
  const root = memoryFolder();
  const first = RelayDestination.open(into(root, kind));
  first.begin(77, 100);
  // Also when the second one looked before the first one created the channel.
  const refuse = () => RelayDestination.open(into(root, kind));
  expect(refuse).toThrowError(expect.objectContaining({ code: 'WRITER_EXISTS' }));
  for (let i = 0; i < 5; i++) first.tryWrite(Buffer.from(`record ${i}`));
  expect(refuse).toThrowError(expect.objectContaining({ code: 'WRITER_EXISTS' }));
  first[Symbol.dispose]();
  using again = RelayDestination.open(into(root, kind));
  expect([again.source, again.next]).toEqual([77, 105]);
});

it.each(KINDS)('a new %s ignores the bookmark of an earlier one with its name', (kind) => {
  const root = memoryFolder();
  const first = RelayDestination.open(into(root, kind));
  const { path } = first;
  first.begin(77, 100);
  first.tryWrite(Buffer.from('record'));
  first[Symbol.dispose]();
  fs.rmSync(path);
  using again = RelayDestination.open(into(root, kind));
  expect([again.source, again.next]).toEqual([0, 0]);
});

it('flushes the bookmark of a new source and of a gap before it returns, unless the caller needs no flush', () => {
  using destination = RelayDestination.open(into(memoryFolder(), 'log'));
  const { flush } = DurableCursor.prototype;
  let flushes = 0;
  DurableCursor.prototype.flush = function (this: DurableCursor) {
    flushes++;
    flush.call(this);
  };
  try {
    const begin = (sequence: number, flushed?: boolean) => {
      destination.begin(77, sequence, flushed);
      destination.tryWrite(Buffer.from('a'));
      return flushes;
    };
    expect([begin(5), begin(6), begin(10), begin(20, false), begin(30)]).toEqual([1, 1, 2, 2, 3]);
    expect(destination.next).toBe(31);
  } finally {
    DurableCursor.prototype.flush = flush;
  }
});

it('a receiver that was killed between creation and its first record starts at the beginning', () => {
  const root = memoryFolder();
  const first = RelayDestination.open(into(root, 'log'));
  first.begin(77, 100);
  first[Symbol.dispose]();
  using again = RelayDestination.open(into(root, 'log'));
  expect([again.source, again.next]).toEqual([0, 0]);
});

it('a record counts as flushed only after a flush that began later', async () => {
  using destination = RelayDestination.open(into(memoryFolder(), 'log'));
  destination.begin(77, 10);
  destination.tryWrite(Buffer.from('a'));
  destination.startFlush();
  destination.tryWrite(Buffer.from('b'));
  expect(destination.flushed).toBeLessThan(11);
  await destination.settled();
  expect([destination.flushed, destination.next]).toEqual([11, 12]);
  await destination.flush();
  expect(destination.flushed).toBe(12);
});

it('a flush that failed is reported, and nothing more is flushed', async () => {
  using destination = RelayDestination.open(into(memoryFolder(), 'log'));
  const { flushAsync } = ShmWriter.prototype;
  ShmWriter.prototype.flushAsync = () => Promise.reject(new Error('EIO'));
  try {
    destination.begin(77, 0);
    destination.tryWrite(Buffer.from('a'));
    await expect(destination.flush()).rejects.toThrow('EIO');
    expect(destination.flushed).toBe(0);
    expect(() => destination.startFlush()).toThrow('EIO');
  } finally {
    ShmWriter.prototype.flushAsync = flushAsync;
  }
});

it('a record that a stuck reader blocked is written once when the reader moves between two attempts', () => {
  const root = memoryFolder();
  using destination = RelayDestination.open(into(root, 'ring'));
  const losses: Loss[] = [];
  using reader = RingReader.open(root, 2, { onLoss: (loss) => losses.push(loss) });
  destination.begin(77, 0);
  const { tryWrite } = RingWriter.prototype;
  let attempts = 0;
  RingWriter.prototype.tryWrite = function (this: RingWriter, ...record) {
    return attempts++ === 0 ? -7 : tryWrite.apply(this, record);
  } as typeof tryWrite;
  try {
    expect(destination.tryWrite(Buffer.from('a'))).toBe(true);
  } finally {
    RingWriter.prototype.tryWrite = tryWrite;
  }
  expect(destination.next).toBe(1);
  expect([reader.tryRead()?.toString(), reader.tryRead()]).toEqual(['a', null]);
});
