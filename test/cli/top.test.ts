import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { RingWriter, renameChannel, ShmWriter } from '../../src/channel/index.js';
import { channelList } from '../../src/cli/commands/top/channel-list.js';
import { fitColumns } from '../../src/cli/screen/fitted-columns.js';
import { LastMinute } from '../../src/cli/screen/last-minute.js';
import { type ChannelSample, RootSampler } from '../../src/metrics/index.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { memoryFolder } from '../temporary.js';
import { finished, ringwire, start } from './ringwire-command.js';
import { appeared } from './temporary-root.js';

const LOG = { ...RING, channelId: 1, capacity: 65_536, maxMessageLength: 100 };
const plain = picocolors.createColors(false);
const coloured = picocolors.createColors(true);

const SAMPLE: ChannelSample = {
  id: '7',
  name: null,
  root: '/r',
  path: '/r/7',
  kind: 'ring',
  state: 'alive',
  pid: 1,
  capacity: 1000,
  position: 5000,
  oldestPosition: 4000,
  records: 12_345,
  payloadBytes: 4000,
  payloadExact: false,
  readableRecords: 60,
  caughtUp: true,
  fill: 900,
  restarts: 0,
  heartbeatAgeMs: 0,
  timeoutMs: null,
  recordsPerSecond: 1_234_567,
  payloadBytesPerSecond: 79_000_000,
  readers: [
    {
      slot: 0,
      name: 'slow\u001b[2J',
      pid: 42,
      position: 4100,
      state: 'active',
      laps: 2,
      lost: 30,
      lagBytes: 900,
      lagRecords: 50,
      lagShare: 0.9,
      alive: true,
    },
  ],
  error: null,
  errorCode: null,
};

/** The lines of the table at a width; `rates` are those of the last minute. */
function table(sample: ChannelSample, rates: readonly number[], width = 200, colours = plain): string[] {
  const minute = new LastMinute();
  for (const [second, rate] of rates.entries()) minute.add([[sample.path, rate]], second * 1000);
  const { columns, lines } = channelList(minute);
  return fitColumns({ columns, lines: lines(sample, colours) }, width, colours);
}

describe('the table', () => {
  test('has a line for a channel and one for each of its readers', () => {
    expect(table(SAMPLE, [0, 50, 100])).toEqual([
      'CHANNEL          KIND     STATE      RECORDS/S    BYTES/S        LAG     LOST  LEVEL               RECORDS  HISTORY',
      '7                ring     alive         1.23 M      79 MB  900 bytes       30  ███████░  90 %       12,345  ▁▅█',
      '└ slow·[2J (42)           active                           900 bytes       30  ███████░  90 %',
    ]);
  });

  test('has the same text with colors', () => {
    for (const width of [40, 79, 120])
      expect(table(SAMPLE, [1], width, coloured).map(stripVTControlCharacters)).toEqual(
        table(SAMPLE, [1], width),
      );
  });

  test('drops the columns that matter least on a narrow terminal', () => {
    const at = (width: number) => table(SAMPLE, [], width)[0]?.split(/ +/).filter(Boolean);
    const five = ['CHANNEL', 'STATE', 'RECORDS/S', 'LAG', 'LOST'];
    expect(at(90)).toEqual(['CHANNEL', 'KIND', 'STATE', 'RECORDS/S', 'BYTES/S', 'LAG', 'LOST']);
    expect(at(72)).toEqual(['CHANNEL', 'STATE', 'RECORDS/S', 'BYTES/S', 'LAG', 'LOST']);
    expect(at(60)).toEqual(five);
  });

  test('shows the name of a channel before its id', () => {
    expect(table({ ...SAMPLE, name: 'quotes', readers: [] }, [])[1]).toMatch(/^quotes \(7\) +ring /);
  });

  test('shows unknown values as dashes', () => {
    const unread = {
      ...SAMPLE,
      caughtUp: false,
      fill: 0,
      recordsPerSecond: null,
      payloadBytesPerSecond: null,
      readers: [],
    };
    expect(table(unread, [])[1]).toBe(
      '7        ring     alive              -          -          -        -  ░░░░░░░░   0 %      12,345…',
    );
  });
});

describe('ringwire top', () => {
  test('prints a table once without a terminal, and JSON with --json', async () => {
    const root = memoryFolder();
    using writer = RingWriter.create(root, RING);
    for (const word of ['one', 'two']) writer.write(Buffer.from(word));
    const table = await ringwire(['top', root, '-i', '50ms']);
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(
      /^CHANNEL +KIND +STATE .*\n7 +ring +alive +0 +0 bytes +- +- +░+ +0 % +2 {2}▁\n$/,
    );
    const json = await ringwire(['top', '-r', root, '-i', '50ms', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject([
      {
        channelId: '7',
        kind: 'ring',
        state: 'alive',
        records: 2,
        recordsPerSecond: 0,
        readers: [],
        error: null,
      },
    ]);
  });

  test('shows the names of channels, also of one that is renamed', async () => {
    const root = memoryFolder();
    using _writer = RingWriter.create(root, { ...RING, name: 'quotes' });
    expect((await ringwire(['top', root, '-i', '50ms'])).stdout).toMatch(/^quotes \(7\) +ring /m);
    using sampler = new RootSampler(root, false);
    expect(sampler.sample(0)).toMatchObject([{ id: '7', name: 'quotes' }]);
    renameChannel(root, 7, 'prices');
    expect(sampler.sample(0)).toMatchObject([{ id: '7', name: 'prices' }]);
  });

  test('has exit codes for an empty root, a missing one and a signal', async () => {
    const root = memoryFolder();
    expect(await ringwire(['top', root, '-i', '50ms'])).toMatchObject({ code: 0, stdout: '' });
    expect((await ringwire(['top', `${root}/none`])).code).toBe(2);
    expect((await ringwire(['top', root, '-i', '1ms'])).code).toBe(2);
    using _log = ShmWriter.create(root, LOG);
    const child = start(['top', root, '-i', '1h', '--json']);
    const done = finished(child);
    // It looks at the channel: from then on it is prepared for signals.
    await appeared(() => readFileSync(`/proc/${child.pid}/maps`, 'utf8').includes(root));
    child.kill('SIGTERM');
    expect((await done).code).toBe(143);
  });
});
