/** `ls`, `stat`, `top`, `hz`, the metrics and the API of the web page: one definition of each figure. */
import { expect, onTestFinished, test } from 'vitest';
import { JournalReader, JournalWriter, RingReader, RingWriter, ShmWriter } from '../../src/channel/index.js';
import { type ChannelSample, Sampler, type Snapshot } from '../../src/metrics/index.js';
import { memoryFolder } from '../temporary.js';
import { send, serve, withToken } from '../web/requests.js';
import { ringwire } from './ringwire-command.js';

/** What `ls` and `stat` print of a channel. */
interface Printed {
  readonly channelId: string;
  readonly kind: string;
  readonly state: string;
  readonly recordsWritten: number;
  readonly readableRecords: number;
  readonly payloadBytes: number;
  readonly payloadBytesWritten: number;
  readonly payloadExact: boolean;
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
  const { payloadBytes, payloadExact } = sample;
  return {
    ...{ channelId: id, kind, state, recordsWritten: records, readableRecords, position },
    ...{ payloadBytesWritten: payloadBytes, payloadExact },
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
  const [log, lapped, blocked, journal] = samples;
  for (const sample of [lapped, journal]) expect(sample?.readableRecords).toBeLessThan(sample?.records ?? 0);
  // A log counts its payload; the records of this ring need no padding and no lap has ended.
  expect(log).toMatchObject({ payloadBytes: (50 * 51) / 2, payloadExact: true });
  expect(blocked).toMatchObject({ payloadBytes: 40 * 24, payloadExact: false });

  const page = (await ringwire(['metrics', '--once', '--root', root])).stdout;
  const server = await serve({ root });
  const { body } = await send(server, 'GET /api/snapshot', withToken(server));
  const onPage = (JSON.parse(body) as Snapshot).channels;
  for (const [i, sample] of samples.entries()) {
    expect(figuresOf(onPage[i] as ChannelSample)).toEqual(figuresOf(sample));
    expect(onPage[i]?.readers).toEqual(sample.readers);
    expect(metricsOf(page, sample.id)).toMatchObject({
      ringwire_channel_records_total: sample.records,
      ringwire_channel_readable_records: sample.readableRecords,
      ringwire_channel_payload_bytes_total: sample.payloadBytes,
      ringwire_channel_written_bytes_total: sample.position,
      ringwire_channel_fill_bytes: sample.fill,
    });
    const [reader] = sample.readers;
    if (reader !== undefined)
      expect(metricsOf(page, sample.id)).toMatchObject({
        ringwire_reader_lag_bytes: reader.lagBytes,
        ringwire_reader_lag_records: reader.lagRecords,
        ringwire_reader_lost_records_total: reader.lost,
      });
  }
});

test('hz and top report the same rates of a channel at rest', async () => {
  const root = memoryFolder();
  channels(root);
  const json = async (...args: string[]) => JSON.parse((await ringwire([...args, '--json'])).stdout);
  const [, ring] = (await json('top', root, '--interval', '50ms')) as ChannelSample[];
  const { recordsPerSecond, bytesPerSecond } = await json('hz', '2', '--root', root, '-d', '50ms');
  expect(ring).toMatchObject({ recordsPerSecond, bytesPerSecond });
  expect([recordsPerSecond, bytesPerSecond]).toEqual([0, 0]);
});

/** The values of a page of metrics whose label `channel` is this id. */
function metricsOf(page: string, id: string): Record<string, number> {
  const rows = page.split('\n').filter((line) => line.includes(`channel="${id}"`));
  return Object.fromEntries(
    rows.map((row) => [row.slice(0, row.indexOf('{')), Number(row.slice(row.lastIndexOf(' ') + 1))]),
  );
}
