/** A ring monitored by reads of its file: the same figures as by a mapping. */
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { channelPaths, RingProbe, RingReader, RingView, RingWriter } from '../../../src/channel/index.js';
import { findTail } from '../../../src/channel/ring/find-tail.js';
import { memoryFolder } from '../../temporary.js';
import { RING } from './ring-under-test.js';

/** The readers as the probe finds them, slowest first. */
function readersOf(probe: RingProbe) {
  const readers: ReturnType<typeof blank>[] = [];
  probe.readersInto(readers, blank, (slot) => probe.slotAlive(slot));
  return readers.sort((a, b) => a.position - b.position);
}

function blank() {
  return { slot: 0, name: '', pid: 0, position: 0, state: 'active' as const, laps: 0, lost: 0 };
}

test('a probe finds what a view finds, over several laps and takeovers', () => {
  const root = memoryFolder();
  let writer = RingWriter.create(root, RING);
  const slow = RingReader.open(root, RING.channelId, { name: 'längsam', timeout: 'never' });
  const quick = RingReader.open(root, RING.channelId, { name: 'quick', timeout: 'never' });
  using probe = new RingProbe(root, RING.channelId);
  using view = RingView.open(root, RING.channelId);
  onTestFinished(() => {
    for (const end of [slow, quick, writer]) end.close();
  });
  for (let round = 0; round < 300; round++) {
    for (let i = 0; i <= round % 7; i++) writer.write(Buffer.alloc(1 + ((round * 13 + i) % 40)));
    quick.poll(() => {});
    if (round % 20 === 0) slow.poll(() => {});
    if (round % 50 === 49) {
      writer.detach();
      writer = RingWriter.resume(root, RING.channelId);
    }
    const end = probe.look();
    expect(end).toEqual(view.newest());
    expect([probe.epoch, probe.owner?.pid]).toEqual([view.epoch, process.pid]);
    const { position, sequence } = probe.oldest;
    expect({ position, sequence }).toEqual(view.oldest());
    const readers = view.readers(end.position).map(({ lag: _lag, alive: _alive, ...reader }) => reader);
    expect(readersOf(probe)).toEqual(readers.sort((a, b) => a.position - b.position));
  }
  expect(probe.writerAlive).toBe(true);
});

test('a probe maps nothing, and a truncated file is an error', () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, RING);
  writer.write(Buffer.alloc(8));
  writer.close();
  const { file } = channelPaths(root, RING.channelId);
  using probe = new RingProbe(root, RING.channelId);
  expect(probe.look()).toMatchObject({ sequence: 1, closed: true });
  fs.truncateSync(file, 4096);
  expect(() => probe.look()).toThrow(expect.objectContaining({ code: 'STORAGE_TRUNCATED' }));
});

test('a copy with a published unit before a word of the last lap is read again', () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, RING);
  writer.write(Buffer.alloc(8));
  // The words of position 16: at first those of an earlier lap, then those that the file has.
  const stale = [3, 99];
  const [fresh, published] = [
    [0, 0],
    [8, 0],
  ] as const;
  let isCopy = true;
  const wordsAt = (offset: number) => (offset === 0 ? published : isCopy ? stale : fresh);
  const units = {
    commit: (offset: number) => wordsAt(offset)[0] as number,
    sequence: (offset: number) => wordsAt(offset)[1] as number,
    reload: () => {
      const wasCopy = isCopy;
      isCopy = false;
      return wasCopy;
    },
  };
  expect(findTail(units, null, writer.header, 'x')).toEqual({ position: 16, sequence: 1, closed: false });
});
