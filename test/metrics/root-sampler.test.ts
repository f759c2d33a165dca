import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { channelPaths, JournalWriter, RingReader, RingWriter, ShmWriter } from '../../src/channel/index.js';
import { RootSampler } from '../../src/metrics/index.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { memoryFolder } from '../temporary.js';

const LOG = { ...RING, channelId: 1, capacity: 65_536, maxMessageLength: 100 };

describe('samples of the channels below a root', () => {
  test('count the records of logs and rings, and their rates', async () => {
    const root = memoryFolder();
    using log = ShmWriter.create(root, LOG);
    using ring = RingWriter.create(root, RING);
    for (let i = 0; i < 10; i++) log.write(Buffer.alloc(24));
    using sampler = new RootSampler(root, false);
    const before = performance.now();
    expect(sampler.sample(1000)).toMatchObject([
      { id: '1', kind: 'log', state: 'alive', records: 10, recordsPerSecond: null, pid: process.pid },
      { id: '7', kind: 'ring', state: 'alive', records: 0, recordsPerSecond: null, pid: process.pid },
    ]);
    await sleep(50);
    for (let i = 0; i < 100; i++) log.write(Buffer.alloc(24));
    for (let i = 0; i < 2000; i++) ring.write(Buffer.alloc(8));
    const samples = sampler.sample(1000);
    const most = (performance.now() - before) / 1000;
    expect(samples).toMatchObject([{ records: 110 }, { records: 2000 }]);
    for (const [sample, records, size] of [
      [samples[0], 100, 24],
      [samples[1], 2000, 8],
    ] as const) {
      const rate = sample?.recordsPerSecond ?? 0;
      expect(rate).toBeGreaterThanOrEqual(records / most);
      expect(rate).toBeLessThanOrEqual(records / 0.045);
      expect(sample?.payloadBytesPerSecond).toBeCloseTo(rate * size, 0);
    }
  });

  test('count the records of a journal', () => {
    const root = memoryFolder();
    using journal = JournalWriter.open(root, { ...LOG, capacity: 16_384 });
    for (let i = 0; i < 3000; i++) journal.write(Buffer.alloc(8));
    using sampler = new RootSampler(root, false);
    const samples = () => {
      for (;;) {
        const [sample] = sampler.sample(10_000);
        if (sample?.caughtUp) return sample;
      }
    };
    expect(samples()).toMatchObject({ id: '1', kind: 'journal', state: 'alive', records: 3000 });
    expect(samples().pid).toBe(process.pid);
  });

  test('report the lag of readers', () => {
    const root = memoryFolder();
    using ring = RingWriter.create(root, { ...RING, policy: 'back-pressure' });
    using _reader = RingReader.open(root, 7, { name: 'slow' });
    using sampler = new RootSampler(root, false);
    for (let i = 0; i < 10; i++) ring.write(Buffer.alloc(8));
    expect(sampler.sample(0)).toMatchObject([
      { readers: [{ name: 'slow', lagBytes: 160, lagRecords: 10, state: 'active' }] },
    ]);
  });

  test('a log that is longer than the time budget is continued in the next sample', () => {
    const root = memoryFolder();
    const log = ShmWriter.create(root, { ...LOG, capacity: 4 << 20 });
    for (let i = 0; i < 100_000; i++) log.write(Buffer.alloc(8));
    log.close();
    using sampler = new RootSampler(root, false);
    let rounds = 0;
    for (let records = 0; records < 100_000; rounds++) {
      const [sample] = sampler.sample(0);
      expect(sample?.records).toBeGreaterThan(records);
      expect(sample?.caughtUp).toBe(sample?.records === 100_000);
      records = sample?.records ?? 0;
    }
    expect(rounds).toBeGreaterThan(2);
    expect(sampler.sample(0)).toMatchObject([{ state: 'closed', records: 100_000 }]);
  });

  test('a channel that is removed, created, closed, replaced or whose writer dies has its new state', () => {
    const root = memoryFolder();
    using sampler = new RootSampler(root, false);
    const states = () => sampler.sample(1000).map(({ id, state, records }) => [Number(id), state, records]);
    expect(states()).toEqual([]);
    const ring = RingWriter.create(root, RING);
    ring.write(Buffer.from('one'));
    expect(states()).toEqual([[7, 'alive', 1]]);
    ring.detach();
    expect(states()).toEqual([[7, 'dead', 1]]);
    RingWriter.resume(root, 7).close();
    expect(states()).toEqual([[7, 'closed', 1]]);
    rmSync(channelPaths(root, 7).file);
    expect(states()).toEqual([]);
    using _log = ShmWriter.create(root, { ...LOG, channelId: 7 });
    expect(states()).toEqual([[7, 'alive', 0]]);
  });

  test('a damaged channel is listed with its state; a root that cannot be listed is an error', () => {
    const root = memoryFolder();
    for (const create of [() => RingWriter.create(root, RING), () => ShmWriter.create(root, LOG)]) {
      using writer = create();
      for (const word of ['one', 'two']) writer.write(Buffer.from(word));
    }
    poke(channelPaths(root, 7).file, 12_288 + 16);
    poke(channelPaths(root, 1).file, 1024 + 16);
    ShmWriter.create(root, { ...LOG, channelId: 2 }).close();
    poke(channelPaths(root, 2).file, 0);
    using sampler = new RootSampler(root, false);
    for (let i = 0; i < 2; i++) {
      expect(sampler.sample(1000)).toMatchObject([
        { id: '1', kind: 'log', state: 'damaged', records: 1, errorCode: 'CORRUPT_CHANNEL' },
        { id: '2', state: 'damaged', errorCode: 'INVALID_SIGNATURE' },
        { id: '7', kind: 'ring', state: 'damaged', errorCode: 'CORRUPT_CHANNEL' },
      ]);
    }
    expect(() => new RootSampler(`${root}/none`, false).sample(0)).toThrow(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE' }),
    );
    expect(new RootSampler(`${root}/none`, true).sample(0)).toEqual([]);
    writeFileSync(`${root}/file`, '');
    expect(new RootSampler(`${root}/file`, true).sample(0)).toEqual([]);
  });
});

function poke(file: string, offset: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(8, 0x77), 0, 8, offset);
  closeSync(fd);
}
