/** Channels by their names on the command line: write, read, rename, list, remove and prune. */
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  JournalWriter,
  openReader,
  RingReader,
  RingWriter,
  ShmWriter,
  TickUnit,
} from '../../src/channel/index.js';
import { run } from '../child.js';
import { MAIN, ringwire } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

const SMALL = ['-c', '64K'];

/** Runs a command that must succeed. @returns what it printed */
async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ringwire(args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

/** Writes a channel with the records `one` and `two`. */
async function written(root: string, ...args: string[]): Promise<void> {
  const ended = await ringwire(['write', ...args, ...SMALL, '-r', root], { input: 'one\ntwo\n' });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
}

describe('a name', () => {
  test.each([[[]], [['--ring', '--close']], [['--journal']]])(
    'is created by write %j, and read by every command',
    async (kind) => {
      const root = temporaryRoot();
      const r = ['-r', root];
      await written(root, 'quotes', ...kind);
      for (const command of ['cat', 'tail']) expect(await done(command, 'quotes', ...r)).toBe('one\ntwo\n');
      expect(await done('cat', '1', ...r)).toBe('one\ntwo\n');
      expect(await done('stat', 'quotes', ...r)).toMatch(/channel +1 \(0x1\)\n +name +quotes\n/);
      for (const command of ['stat', 'verify', 'hz'])
        expect(JSON.parse(await done(command, 'quotes', ...r, '--json'))).toMatchObject({
          name: 'quotes',
          channelId: '1',
        });
      expect(await done('hz', 'quotes', ...r)).toMatch(/channel +quotes \(1\), for/);
      expect(await done('unlock', 'quotes', ...r)).toBe('channel quotes (1) has no lock\n');
      expect(await done('ls', ...r)).toMatch(/^quotes \(1\) /m);
    },
  );

  test('is in the summary of write, record and replay', async () => {
    const root = temporaryRoot();
    const ended = await ringwire(['write', 'quotes', ...SMALL, '-r', root, '--json'], { input: 'one\n' });
    expect(JSON.parse(ended.stdout)).toMatchObject({ name: 'quotes', channelId: '1', channel: '1' });
    const file = `${root}/quotes.rec`;
    expect(await done('record', 'quotes', file, '-r', root)).toMatch(/channel +quotes \(1\)/);
    expect(await done('replay', file, 'copy', '-r', root)).toMatch(/channel +copy \(2\)/);
    expect(await done('cat', 'copy', '-r', root)).toBe('one\n');
  });

  test('that no channel has causes exit code 2, and an invalid one is wrong usage', async () => {
    const root = temporaryRoot();
    for (const command of ['cat', 'tail', 'stat', 'verify', 'hz', 'unlock', 'recover']) {
      const unknown = await ringwire([command, 'nothing', '-r', root]);
      expect([command, unknown.code, unknown.stderr]).toEqual([
        command,
        2,
        expect.stringMatching(/^ringwire: STORAGE_NOT_FOUND: no channel below .* has the name 'nothing'/),
      ]);
    }
    const invalid = await ringwire(['write', 'a b', '-r', root]);
    expect(invalid.code).toBe(2);
    expect(invalid.stderr).toMatch(/^ringwire: USAGE: .*must be the name or the id of a channel/);
  });

  test('that a log has is refused by the next write, and accepted by --resume', async () => {
    const root = temporaryRoot();
    await written(root, 'quotes');
    expect((await ringwire(['write', 'quotes', '-r', root])).code).toBe(5);
    await written(root, 'orders', '--ring');
    await written(root, 'orders', '--ring');
    expect(await done('cat', 'orders', '-r', root)).toBe('one\ntwo\none\ntwo\n');
  });

  test('changes by rename, with the id kept', async () => {
    const root = temporaryRoot();
    await written(root, 'quotes');
    await written(root, '7');
    expect(await done('rename', 'quotes', 'prices', '-r', root)).toBe('quotes (1) is now prices (1)\n');
    const renamed = JSON.parse(await done('rename', '7', 'seven', '-r', root, '--json'));
    expect(renamed).toEqual({ channel: '7', channelId: '7', name: 'seven', oldName: null });
    expect(await done('cat', 'seven', '-r', root)).toBe('one\ntwo\n');
    expect((await ringwire(['rename', '7', 'prices', '-r', root])).code).toBe(5);
    expect((await ringwire(['rename', 'quotes', 'x', '-r', root])).code).toBe(2);
    expect((await ringwire(['rename', 'prices', '8', '-r', root])).code).toBe(2);
  });
});

describe('ls', () => {
  test('filters by pattern, state and kind, and sorts', async () => {
    const root = temporaryRoot();
    await written(root, 'log-b');
    await written(root, 'log-a');
    await written(root, 'ticks', '--ring');
    await written(root, '9', '--journal');
    const listed = async (...args: string[]) =>
      (
        JSON.parse(await done('ls', ...args, '-r', root, '--json')) as { name: string; channelId: string }[]
      ).map(({ name, channelId }) => name ?? channelId);
    expect(await listed()).toEqual(['log-b', 'log-a', 'ticks', '9']);
    expect(await listed('log-*')).toEqual(['log-b', 'log-a']);
    expect(await listed('--state', 'dead')).toEqual(['ticks']);
    expect(await listed('--state', 'closed,dead', '--kind', 'journal')).toEqual(['9']);
    expect(await listed('--sort', 'name')).toEqual(['log-a', 'log-b', 'ticks', '9']);
    expect(await listed('--sort', 'state')).toEqual(['log-b', 'log-a', '9', 'ticks']);
    for (const key of ['id', 'size', 'age', 'records', 'readers'])
      expect((await listed('--sort', key)).sort()).toEqual(['9', 'log-a', 'log-b', 'ticks']);
    expect(await done('ls', '-r', root)).toMatch(/\n4 channels: 3 closed, 1 dead; [\d.]+ .iB\n$/);
    expect((await ringwire(['ls', '--state', 'gone', '-r', root])).code).toBe(2);
  });
});

describe('rm', () => {
  test('removes channels by name, id and pattern, and says what it frees', async () => {
    const root = temporaryRoot();
    for (const name of ['log-a', 'log-b', 'quotes', '9']) await written(root, name);
    expect(await done('rm', 'quotes', '-r', root)).toMatch(/^removed quotes \(3\), [\d.]+ KiB\n$/);
    expect(await done('rm', 'log-*', '9', '-r', root)).toMatch(/\n3 channels, [\d.]+ KiB freed\n$/);
    expect(JSON.parse(await done('ls', '-r', root, '--json'))).toEqual([]);
    expect((await ringwire(['rm', 'quotes', '-r', root])).code).toBe(2);
    expect((await ringwire(['rm', 'log-*', '-r', root])).code).toBe(2);
  });

  test('refuses a channel in use with exit code 5, removes the others, and says what --force breaks', async () => {
    const root = temporaryRoot();
    using writer = RingWriter.create(root, { name: 'ticks', capacity: 65_536, policy: 'back-pressure' });
    using _reader = RingReader.open(root, 'ticks', { name: 'billing' });
    await written(root, 'quotes');
    const refused = await ringwire(['rm', 'ticks', 'quotes', '-r', root]);
    expect(refused).toMatchObject({ code: 5, stdout: expect.stringMatching(/^removed quotes/) });
    expect(refused.stderr).toMatch(/CHANNEL_IN_USE: channel 1 below .* by a writer, .*, reader 'billing', /);
    const json = JSON.parse((await ringwire(['rm', 'ticks', '-r', root, '--json'])).stdout);
    expect(json).toMatchObject({
      removed: [],
      refused: [{ name: 'ticks', channelId: '1', error: { code: 'CHANNEL_IN_USE' } }],
      bytes: 0,
    });
    const forced = await ringwire(['rm', 'ticks', '-r', root, '--force']);
    expect(forced.code).toBe(0);
    expect(forced.stderr).toMatch(/removed ticks \(1\) from under a writer, process \d+: what it writes/);
    expect(forced.stderr).toMatch(/from under reader 'billing', process \d+: it receives no record/);
    expect(fs.existsSync(writer.path)).toBe(false);
  });
});

describe('prune', () => {
  test('removes closed or dead channels, says what it frees, and keeps the rest', async () => {
    const root = temporaryRoot();
    await written(root, 'closed');
    await written(root, 'dead', '--ring');
    using _live = ShmWriter.create(root, { name: 'live', capacity: 65_536 });
    expect((await ringwire(['prune', '-r', root])).stderr).toMatch(/USAGE: prune needs '--closed', '--dead'/);
    const dry = JSON.parse(await done('prune', '--closed', '--dead', '--dry-run', '-r', root, '--json'));
    expect(dry).toMatchObject({
      dryRun: true,
      wouldRemove: [
        { name: 'closed', state: 'closed' },
        { name: 'dead', state: 'dead' },
      ],
    });
    expect(dry.bytes).toBeGreaterThan(2 * 65_536);
    const table = await done('prune', '--closed', '--dry-run', '-r', root);
    expect(table).toMatch(
      /closed \(1\) +closed +[\d.]+ KiB +\d+[smhd]\nwould remove 1 channel, and free [\d.]+ KiB\n$/,
    );
    const pruned = JSON.parse(await done('prune', '--closed', '--dead', '-r', root, '--json'));
    expect(pruned).toMatchObject({ removed: [{ name: 'closed' }, { name: 'dead' }], refused: [] });
    expect(pruned.bytes).toBe(dry.bytes);
    expect(JSON.parse(await done('ls', '-r', root, '--json'))).toMatchObject([{ name: 'live' }]);
  });

  test('keeps channels that changed later than --older-than', async () => {
    const root = temporaryRoot();
    await written(root, 'young');
    const hour = { seconds: 3600n };
    const created = BigInt(Math.floor(Date.now() / 1000)) - 2n * hour.seconds;
    ShmWriter.create(root, {
      name: 'old',
      capacity: 65_536,
      tickUnit: TickUnit.Secs,
      clock: { unixNanos: () => created * 1_000_000_000n, monotonicNanos: () => 0n } as never,
    }).close();
    // A file that changed just now is young, whatever its header says.
    expect(await done('prune', '--closed', '--older-than', '1h', '--dry-run', '-r', root)).toMatch(
      /remove 0 channels/,
    );
    const past = Number(created);
    const folder = `${root}/0000_0000`;
    for (const file of fs.readdirSync(folder)) fs.utimesSync(`${folder}/${file}`, past, past);
    const found = JSON.parse(
      await done('prune', '--closed', '--older-than', '1h', '--dry-run', '-r', root, '--json'),
    );
    expect(found.wouldRemove).toMatchObject([{ name: 'old' }]);
  });

  test('takes patterns', async () => {
    const root = temporaryRoot();
    for (const name of ['log-a', 'quotes']) await written(root, name);
    expect(await done('prune', 'log-*', '--closed', '-r', root)).toMatch(/^removed log-a \(1\), /);
    expect(await done('cat', 'quotes', '-r', root)).toBe('one\ntwo\n');
  });
});

describe('the defaults', () => {
  test.each([
    ['log', [], (root: string) => ShmWriter.create(root, { channelId: 2 })],
    ['ring', ['--ring'], (root: string) => RingWriter.create(root, { channelId: 2 })],
    ['journal', ['--journal'], (root: string) => JournalWriter.create(root, { channelId: 2 })],
  ] as const)('of write and of the library are equal for a %s', async (_kind, args, create) => {
    const root = temporaryRoot();
    await ringwire(['write', '1', ...args, '-r', root], { input: 'one\n' });
    create(root).close();
    const headers = [1, 2].map((id) => {
      using reader = openReader(root, id);
      const { channelId: _id, creationTime: _time, writerId: _writer, ...header } = reader.header;
      return header;
    });
    expect(headers[0]).toEqual(headers[1]);
  });
});

const NOBODY = 65_534;

describe('a process of another user', () => {
  test('reads the names of a folder that it may read, and creates none', async () => {
    const root = temporaryRoot();
    await written(root, 'quotes');
    for (const folder of [root, `${root}/0000_0000`]) fs.chmodSync(folder, 0o755);
    const as = (...args: string[]) =>
      run(process.execPath, [MAIN, ...args, '-r', root], { uid: NOBODY, gid: NOBODY });
    const seen = process.getuid?.() === 0 ? await as('--version') : null;
    if (seen?.code !== 0) {
      process.stderr.write('skipped: this process cannot run the program as another user\n');
      return;
    }
    const listed = await as('ls', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'quotes', state: 'unreadable' }]);
    for (const args of [
      ['write', 'orders'],
      ['rename', 'quotes', 'prices'],
      ['rm', 'quotes'],
    ]) {
      const { code, stderr } = await as(...args);
      expect([args[0], code, stderr]).toEqual([
        args[0],
        2,
        expect.stringContaining('COULD_NOT_ACCESS_STORAGE'),
      ]);
    }
    expect(await done('cat', 'quotes', '-r', root)).toBe('one\ntwo\n');
  });
});
