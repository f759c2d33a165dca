/** The sampler: sharing of samples, subscriptions, faults of sources, late writers. */
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { RingWriter } from '../../src/channel/index.js';
import { Sampler, type Snapshot } from '../../src/metrics/index.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { memoryFolder, temporaryFolder } from '../temporary.js';

test('calls during a sampling share its snapshot, and recent() repeats a young one', async () => {
  using sampler = new Sampler({ root: memoryFolder() });
  const [one, two] = await Promise.all([sampler.sample(), sampler.sample()]);
  expect(one).toBe(two);
  expect(await sampler.recent(3_600_000)).toBe(one);
  expect(await sampler.recent(0)).not.toBe(one);
});

test('subscribers get a snapshot now and at each interval, until they leave', async () => {
  using sampler = new Sampler({ root: memoryFolder(), intervalMs: 50 });
  const snapshots: Snapshot[] = [];
  await new Promise<void>((resolve) => {
    const stop = sampler.subscribe((snapshot) => {
      snapshots.push(snapshot);
      if (snapshots.length < 3) return;
      stop();
      resolve();
    });
  });
  expect(new Set(snapshots).size).toBe(3);
  const second = new Promise<Snapshot>((resolve) => {
    onTestFinished(sampler.subscribe(resolve));
  });
  expect(await second).toMatchObject({ channels: [], faults: [] });
});

test('sources that fail are faults of the snapshot, and the others are sampled', async () => {
  const root = memoryFolder();
  using _writer = RingWriter.create(root, RING);
  const none = temporaryFolder();
  using sampler = new Sampler({ root, controlSocket: path.join(none, 'manager.sock'), aeronDir: none });
  const { channels, faults, processes, aeron } = await sampler.sample();
  expect(channels).toHaveLength(1);
  expect([processes, aeron]).toEqual([[], null]);
  expect(faults.map(({ source }) => source).sort()).toEqual(['aeron', 'processes']);
  for (const { message } of faults) expect(message).toContain(none);
});

test('a writer that is silent for the timeout of its channel is late, until it writes again', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, timeout: 1000 });
  using sampler = new Sampler({ root });
  const now = vi.spyOn(performance, 'now');
  onTestFinished(() => now.mockRestore());
  const stateAt = async (millis: number) => {
    now.mockReturnValue(millis);
    const [channel] = (await sampler.sample()).channels;
    return [channel?.state, channel?.heartbeatAgeMs];
  };
  expect(await stateAt(1_000_000)).toEqual(['alive', 0]);
  expect(await stateAt(1_000_999)).toEqual(['alive', 999]);
  expect(await stateAt(1_001_000)).toEqual(['late', 1000]);
  writer.heartbeat();
  expect(await stateAt(1_002_000)).toEqual(['alive', 0]);
  writer.detach();
  expect(await stateAt(1_003_000)).toEqual(['dead', null]);
});

test('a closed sampler refuses to sample, and wrong options are refused', async () => {
  const sampler = new Sampler({});
  sampler.close();
  sampler.close();
  await expect(sampler.sample()).rejects.toMatchObject({ code: 'CLOSED' });
  expect(() => new Sampler({ intervalMs: 1 })).toThrow(/intervalMs must be a number from 50, not 1/);
});

test('a snapshot stays as it is until the second sampling after it, and its objects are reused then', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, RING);
  using sampler = new Sampler({ root });
  const samples = [];
  for (let i = 1; i <= 4; i++) {
    writer.write(Buffer.alloc(8));
    const [channel] = (await sampler.sample()).channels;
    const earlier = samples.at(-1);
    if (earlier !== undefined) expect(earlier.records).toBe(i - 1);
    expect(channel?.records).toBe(i);
    samples.push(channel as NonNullable<typeof channel>);
  }
  expect(new Set(samples).size).toBe(2);
});
