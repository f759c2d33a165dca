/** `ls`, `stat`, `top` and the metrics: one definition of each figure. */
import { expect, onTestFinished, test } from 'vitest';
import { JournalReader, JournalWriter, RingReader, RingWriter, ShmWriter } from '../../src/channel/index.js';
import { type ChannelSample, Sampler } from '../../src/metrics/index.js';
import { memoryFolder } from '../temporary.js';
import { ringwire } from './ringwire-command.js';

/** What `ls` and `stat` print of a channel. */
interface Printed {
  readonly channelId: string;
  readonly kind: string;
  readonly state: string;
  readonly recordsWritten: number;
  readonly readableRecords: number;
  readonly payloadBytes: number;
  readonly position: number;
  readonly fill: number | null;
  readonly ring: { readonly readers: readonly { name: string; lag: number; lost: number }[] } | null;
}

/** A log, a ring that was lapped, a ring whose slow reader blocks, and a journal that lost its oldest segments. */
function channels(root: string): void {
  const log = ShmWriter.create(root, { channelId: 1, capacity: 65_536 });
  for (let i = 1; i <= 50; i++) log.write(Buffer.alloc(i));
  const lapped = RingWriter.create(root, { channelId: 2, capacity: 1024 });
  const reader = RingReader.open(root, 2, { name: 'lapped', timeout: 'never' });
  for (let i = 0; i < 500; i++) lapped.write(Buffer.alloc(24));
  reader.poll(() => {});
  const blocked = RingWriter.create(root, { channelId: 3, capacity: 4096, policy: 'back-pressure' });
  const slow = RingReader.open(root, 3, { name: 'slow', timeout: 'never' });
  for (let i = 0; i < 40; i++) blocked.write(Buffer.alloc(24));
  slow.poll(() => {}, 10);
  const journal = JournalWriter.open(root, {
    channelId: 4,
    capacity: 4096,
    retention: { maxSegments: 2 },
  });
  for (let i = 0; i < 9000; i++) journal.write(Buffer.alloc(24));
  const cursor = JournalReader.open(root, 4, { timeout: 'never' });
  onTestFinished(() => {
    for (const end of [cursor, journal, slow, blocked, reader, lapped, log]) end.close();
  });
}

function figuresOf(sample: ChannelSample) {
  const { id, kind, state, records, readableRecords, position, fill, capacity } = sample;
  return {
    ...{ channelId: id, kind, state, recordsWritten: records, readableRecords, position },
    fill: kind === 'journal' ? null : fill / capacity,
  };
}

test('ls, stat, top and the metrics report the same figures', async () => {
  const root = memoryFolder();
  channels(root);
  using sampler = new Sampler({ root });
  const { channels: samples } = await sampler.sample();
  const json = async (...args: string[]) => JSON.parse((await ringwire([...args, '--json'])).stdout);
  const listed = (await json('ls', '--root', root)) as Printed[];
  const shown = (await json('top', root, '--interval', '50ms')) as (ChannelSample & { channelId: string })[];
  expect(samples.map(({ kind }) => kind)).toEqual(['log', 'ring', 'ring', 'journal']);
  expect(samples.map(({ records }) => records)).toEqual([50, 500, 40, 9000]);
  for (const [i, sample] of samples.entries()) {
    const figures = figuresOf(sample);
    expect(listed[i]).toMatchObject(figures);
    expect(await json('stat', figures.channelId, '--root', root)).toMatchObject(figures);
    const { channelId: id, ...top } = shown[i] as (typeof shown)[number];
    expect(figuresOf({ ...top, id })).toEqual(figures);
    const readers = sample.readers.map(({ name, lagBytes: lag, lost }) => ({ name, lag, lost }));
    if (sample.kind === 'ring') expect(listed[i]?.ring?.readers).toMatchObject(readers);
  }
  // The log is the kind whose payload is counted exactly by all.
  expect(listed[0]?.payloadBytes).toBe(samples[0]?.payloadBytes);
  const [, lapped, , journal] = samples;
  for (const sample of [lapped, journal]) expect(sample?.readableRecords).toBeLessThan(sample?.records ?? 0);
});
