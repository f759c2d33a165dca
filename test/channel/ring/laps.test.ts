import { expect, it } from 'vitest';
import { type Loss, RingReader, RingView } from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { RingProcess } from './ring-processes.js';
import { openRing, recordOf } from './ring-under-test.js';

it('a lapped reader reports its exact loss and continues at the oldest safe record', () => {
  const laps: Loss[] = [];
  using ring = openRing({}, { onLoss: (lap) => laps.push(lap) });
  for (let i = 0; i < 3; i++) ring.writer.write(recordOf(i, 40));
  expect(ring.reader.poll(() => {}, 2)).toBe(2);
  for (let i = 3; i < 100; i++) ring.writer.write(recordOf(i, 40));
  const first = ring.reader.tryRead() ?? ring.reader.tryRead();
  const [lap] = laps as [Loss];
  expect(first?.readUInt32LE()).toBe(2 + lap.records);
  expect(lap.bytes).toBe(lap.to - lap.from);
  expect(lap.from).toBe(96);
  // At least three quarters of the ring are still there.
  expect(ring.writer.writeOffset - lap.to).toBeGreaterThan(0.75 * 1024);
  expect(ring.reader.losses).toMatchObject({
    losses: 1,
    records: lap.records,
    bytes: lap.bytes,
    possiblyTorn: 0,
  });
});

it('reports the number of records that a handler in place may have read torn', () => {
  using ring = openRing({}, { delivery: 'in-place' });
  for (let i = 0; i < 5; i++) ring.writer.write(recordOf(i, 40));
  let handed = 0;
  ring.reader.poll(() => {
    if (handed++ === 1) for (let i = 5; i < 60; i++) ring.writer.write(recordOf(i, 40));
  }, 5);
  expect(ring.reader.losses.possiblyTorn).toBeGreaterThan(0);
  expect(ring.reader.losses.possiblyTorn).toBe(handed);
});

it('starts at the oldest, the newest, or a position, and refuses an overwritten position', () => {
  using ring = openRing();
  const positions: number[] = [];
  for (let i = 0; i < 60; i++) {
    positions.push(ring.writer.writeOffset);
    ring.writer.write(recordOf(i, 24));
  }
  using oldest = RingReader.open(ring.root, 7, { from: 'oldest' });
  using newest = RingReader.open(ring.root, 7, { from: 'newest' });
  using middle = RingReader.open(ring.root, 7, { from: positions[50] as number });
  expect(oldest.tryRead()?.readUInt32LE()).toBe(oldest.sequence - 1);
  expect(newest.tryRead()).toBeNull();
  expect(newest.sequence).toBe(60);
  expect(middle.tryRead()?.readUInt32LE()).toBe(50);
  for (const [from, reason] of [
    [positions[3], 'Unavailable'],
    [(positions[50] as number) + 8, 'Unaligned'],
  ] as const) {
    expect(() => RingReader.open(ring.root, 7, { from: from as number })).toThrow(
      expect.objectContaining({ code: 'INVALID_POSITION', reason }),
    );
  }
});

it('a stopped reader of another process counts its loss exactly when it continues', {
  timeout: 180_000,
}, async () => {
  const root = memoryFolder();
  const options = { root, capacity: 65_536, maxMessageLength: 200, burst: 2000 };
  const writer = new RingProcess('verified-writer', options);
  await writer.ready();
  const reader = new RingProcess('verified-reader', { root, most: 200, every: 2000 });
  await reader.ready();
  using view = RingView.open(root, 7);
  writer.process.send('go');
  for (let i = 1; i <= 3; i++) {
    const before = reader.messages.length;
    await reader.message((message) => message.progress !== undefined && reader.messages.length > before - 1);
    await reader.kill('SIGSTOP');
    const { intent } = view;
    await expect.poll(() => view.intent).toBeGreaterThan(intent + 2 * options.capacity);
    await reader.kill('SIGCONT');
  }
  writer.process.send('end');
  const { sequence } = await writer.done();
  const read = await reader.done();
  expect(read.mismatch).toBeNull();
  expect(read.lost).toBeGreaterThan(0);
  expect((read.delivered as number) + (read.lost as number)).toBe(sequence);
});

it('a stopped reader of a back-pressure ring blocks the writer and loses no record', {
  timeout: 180_000,
}, async () => {
  const root = memoryFolder();
  const options = { root, capacity: 65_536, maxMessageLength: 200, policy: 'back-pressure' };
  const writer = new RingProcess('verified-writer', options);
  await writer.ready();
  const reader = new RingProcess('verified-reader', { root, most: 200, every: 2000 });
  await reader.ready();
  using view = RingView.open(root, 7);
  writer.process.send('go');
  await reader.message(({ progress }) => progress !== undefined);
  await reader.kill('SIGSTOP');
  const lag = () => view.readers(view.newest().position)[0]?.lag;
  await expect.poll(lag).toBeGreaterThan(options.capacity - 1024);
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(lag()).toBeLessThanOrEqual(options.capacity);
  await reader.kill('SIGCONT');
  writer.process.send('end');
  const { sequence } = await writer.done();
  const read = await reader.done();
  expect(read).toMatchObject({ mismatch: null, lost: 0, delivered: sequence });
});
