import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { channelPaths, JournalWriter, RingReader, RingWriter, ShmWriter } from '../../src/channel/index.js';
import type { ChannelSample } from '../../src/cli/commands/top/channel-sampler.js';
import { RootSampler } from '../../src/cli/commands/top/root-sampler.js';
import { topTable } from '../../src/cli/rendering/top-table.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { memoryFolder } from '../temporary.js';
import { finished, ringwire, start } from './ringwire-command.js';
import { appeared } from './temporary-root.js';

const LOG = { ...RING, channelId: 1, capacity: 65_536, maxMessageLength: 100 };
const plain = picocolors.createColors(false);
const coloured = picocolors.createColors(true);

const SAMPLE: ChannelSample = {
  channelId: 7n,
  kind: 'ring',
  state: 'alive',
  pid: 1,
  capacity: 1000,
  position: 5000,
  records: 12_345,
  caughtUp: true,
  recordsPerSecond: 1_234_567,
  bytesPerSecond: 79_000_000,
  history: [0, 50, 100],
  readers: [
    {
      slot: 0,
      name: 'slow\u001b[2J',
      pid: 42,
      position: 4100,
      state: 'active',
      laps: 2,
      lost: 30,
      lag: 900,
      alive: true,
    },
  ],
  error: null,
};

describe('the table', () => {
  test('has a line for a channel and one for each of its readers', () => {
    expect(topTable([SAMPLE], 200, plain)).toEqual([
      'CHANNEL KIND    STATE      RECORDS/S   BYTES/S  LEVEL                      RECORDS  HISTORY',
      '      7 ring    alive         1.23 M     79 MB  ██████████░░  90 %          12,345  ▁▅█',
      '        └ slow·[2J (42)             active      ██████████░░  90 % 900 bytes behind  2 laps, 30 lost',
    ]);
  });

  test('is cut to the width of the terminal before it is colored', () => {
    const wide = topTable([SAMPLE], 200, plain);
    for (const columns of [1, 20, 40, 79]) {
      const cut = wide.map((line) => [...line].slice(0, columns).join('').trimEnd());
      expect(topTable([SAMPLE], columns, plain)).toEqual(cut);
      const withoutColours = topTable([SAMPLE], columns, coloured).map(stripVTControlCharacters);
      expect(withoutColours.map((line) => line.trimEnd())).toEqual(cut);
    }
  });

  test('shows unknown values as dashes', () => {
    const unread = {
      ...SAMPLE,
      caughtUp: false,
      recordsPerSecond: null,
      bytesPerSecond: null,
      history: [],
      readers: [],
    };
    expect(topTable([unread], 200, plain)[1]).toBe(
      '      7 ring    alive              -         -  ░░░░░░░░░░░░   0 %         12,345…',
    );
  });
});

describe('samples', () => {
  test('count the records of logs and rings, and their rates', async () => {
    const root = memoryFolder();
    using log = ShmWriter.create(root, LOG);
    using ring = RingWriter.create(root, RING);
    for (let i = 0; i < 10; i++) log.write(Buffer.alloc(24));
    using sampler = new RootSampler(root, false);
    const before = performance.now();
    expect(sampler.sample(1000)).toMatchObject([
      { channelId: 1n, kind: 'log', state: 'alive', records: 10, recordsPerSecond: null, pid: process.pid },
      { channelId: 7n, kind: 'ring', state: 'alive', records: 0, recordsPerSecond: null, pid: process.pid },
    ]);
    await sleep(50);
    for (let i = 0; i < 100; i++) log.write(Buffer.alloc(24));
    for (let i = 0; i < 2000; i++) ring.write(Buffer.alloc(8));
    const samples = sampler.sample(1000);
    const most = (performance.now() - before) / 1000;
    expect(samples).toMatchObject([{ records: 110 }, { records: 2000 }]);
    for (const [sample, records, size] of [
      [samples[0], 100, 32],
      [samples[1], 2000, 16],
    ] as const) {
      const rate = sample?.recordsPerSecond ?? 0;
      expect(rate).toBeGreaterThanOrEqual(records / most);
      expect(rate).toBeLessThanOrEqual(records / 0.045);
      expect(sample?.bytesPerSecond).toBeCloseTo(rate * size, -1);
      expect(sample?.history).toEqual([rate]);
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
    expect(samples()).toMatchObject({ channelId: 1n, kind: 'journal', state: 'alive', records: 3000 });
    expect(samples().pid).toBe(process.pid);
  });

  test('report the lag of readers', () => {
    const root = memoryFolder();
    using ring = RingWriter.create(root, { ...RING, policy: 'back-pressure' });
    using _reader = RingReader.open(root, 7, { name: 'slow' });
    using sampler = new RootSampler(root, false);
    for (let i = 0; i < 10; i++) ring.write(Buffer.alloc(8));
    expect(sampler.sample(0)).toMatchObject([{ readers: [{ name: 'slow', lag: 160, state: 'active' }] }]);
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
    const states = () =>
      sampler.sample(1000).map(({ channelId, state, records }) => [Number(channelId), state, records]);
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
        { channelId: 1n, kind: 'log', state: 'damaged', records: 1, error: { code: 'CORRUPT_CHANNEL' } },
        { channelId: 2n, state: 'damaged', error: { code: 'INVALID_SIGNATURE' } },
        { channelId: 7n, kind: 'ring', state: 'damaged', error: { code: 'CORRUPT_CHANNEL' } },
      ]);
    }
    expect(() => new RootSampler(`${root}/none`, false).sample(0)).toThrow(
      expect.objectContaining({ code: 'COULD_NOT_ACCESS_STORAGE' }),
    );
    expect(new RootSampler(`${root}/none`, true).sample(0)).toEqual([]);
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
      /^CHANNEL KIND +STATE .*\n {6}7 ring +alive +0 +0 bytes +░+ +0 % +2 {2}▁\n$/,
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

function poke(file: string, offset: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(8, 0x77), 0, 8, offset);
  closeSync(fd);
}
