/** `tail` and `cat` of several channels: names, order, new channels, errors, and the end of the output. */
import { once } from 'node:events';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { channelPaths, JournalWriter, RingWriter, ShmWriter, TickUnit } from '../../src/channel/index.js';
import { run, stop } from '../child.js';
import { finished, MAIN, printed, ringwire, start } from './ringwire-command.js';
import { appeared, temporaryRoot } from './temporary-root.js';

const OPTIONS = { writerId: 1, timeout: 60, tickUnit: TickUnit.Secs };
const openLog = (root: string, channelId: number) =>
  ShmWriter.create(root, { ...OPTIONS, channelId, capacity: 65_536, maxMessageLength: 200 });
const openRing = (root: string, channelId: number) =>
  RingWriter.create(root, { ...OPTIONS, channelId, capacity: 65_536 });
const openJournal = (root: string, channelId: number) =>
  JournalWriter.create(root, { ...OPTIONS, channelId, capacity: 65_536, maxMessageLength: 200 });

describe('several channels', () => {
  test('are merged with their names, each in its own order, and end with the last one', async () => {
    const root = temporaryRoot();
    const writers = [openLog(root, 1), openRing(root, 2), openJournal(root, 3)];
    for (const [at, writer] of writers.entries()) writer.write(Buffer.from(`0 of ${at + 1}`));
    const tail = start(['tail', '1', '2', '3', '-r', root]);
    const all: Buffer[] = [];
    tail.stdout.on('data', (chunk: Buffer) => all.push(chunk));
    await Promise.all([1, 2, 3].map((id) => printed(tail.stdout, `${id} | 0 of ${id}\n`)));
    const done = finished(tail);
    for (let n = 1; n <= 100; n++)
      for (const [at, writer] of writers.entries()) writer.write(Buffer.from(`${n} of ${at + 1}`));
    for (const writer of writers) writer.close();
    const { code, stderr } = await done;
    expect(code).toBe(0);
    for (const id of [1, 2, 3]) expect(stderr).toContain(`ringwire: ${id}: the writer closed the channel\n`);
    const lines = Buffer.concat(all).toString().trimEnd().split('\n');
    for (const id of [1, 2, 3]) {
      const own = lines.filter((line) => line.startsWith(`${id} | `));
      expect(own).toEqual(Array.from({ length: 101 }, (_, n) => `${id} | ${n} of ${id}`));
    }
    expect(lines).toHaveLength(303);
  });

  test('are printed with their fields in JSON, and with colors where they are shown', async () => {
    const root = temporaryRoot();
    for (const id of [1, 2]) {
      using writer = openLog(root, id);
      writer.write(Buffer.from('text'));
    }
    const json = await ringwire(['cat', '1', '2', '-r', root, '--json']);
    expect(
      json.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(
      ['1', '2'].map((channel) => ({ channel, position: 0, length: 4, encoding: 'utf8', data: 'text' })),
    );
    const coloured = await ringwire(['cat', '*', '-r', root], { env: { FORCE_COLOR: '1' } });
    expect(coloured.stdout).toBe('\u001b[36m1\u001b[39m | text\n\u001b[33m2\u001b[39m | text\n');
    const raw = await ringwire(['cat', '1', '2', '-r', root, '--format', 'raw']);
    expect(raw.stdout).toBe('texttext');
    const hex = await ringwire(['tail', '1', '2', '-r', root, '--format', 'hex', '--no-follow']);
    expect(hex.stdout).toMatch(/^1 \| position 0, 4 bytes\n.*\n2 \| position 0, 4 bytes\n/);
  });

  test('are printed with their names before each line of an indented record', async () => {
    const root = temporaryRoot();
    for (const id of [1, 2]) {
      using writer = openLog(root, id);
      writer.write(Buffer.from('{"a":1}'));
    }
    const { stdout } = await ringwire(['cat', '1', '2', '-r', root, '--pretty']);
    expect(stdout).toBe('1 | {\n1 |   "a": 1\n1 | }\n2 | {\n2 |   "a": 1\n2 | }\n');
  });

  test('share --limit', async () => {
    const root = temporaryRoot();
    using first = openRing(root, 1);
    using second = openRing(root, 2);
    for (const writer of [first, second]) for (let n = 0; n < 5; n++) writer.write(Buffer.from(`${n}`));
    const tail = await ringwire(['tail', '1', '2', '-r', root, '--limit', '7']);
    expect(tail.code).toBe(0);
    expect(tail.stdout.match(/\n/g)).toHaveLength(7);
    const cat = await ringwire(['cat', '1', '2', '-r', root, '--limit', '7']);
    expect(cat.stdout).toBe('1 | 0\n1 | 1\n1 | 2\n1 | 3\n1 | 4\n2 | 0\n2 | 1\n');
  });

  test('continue after the error of one, whose code is the exit code', async () => {
    const root = temporaryRoot();
    const log = openLog(root, 1);
    log.write(Buffer.from('sound'));
    log.close();
    const damaged = openLog(root, 2);
    damaged.write(Buffer.from('also sound'));
    const end = damaged.writeOffset;
    damaged.detach();
    const file = fs.openSync(channelPaths(root, 2).file, 'r+');
    fs.writeSync(file, Buffer.alloc(8, 0x7f), 0, 8, 1024 + end);
    fs.closeSync(file);
    for (const command of [['cat'], ['tail'], ['tail', '--no-follow']]) {
      const { code, stdout, stderr } = await ringwire([...command, '2', '1', '3', '-r', root]);
      expect(stdout.split('\n').sort()).toEqual(['', '1 | sound', '2 | also sound']);
      expect(stderr).toMatch(/^ringwire: 2: CORRUPT_CHANNEL: /m);
      expect(stderr).toMatch(/^ringwire: 3: STORAGE_NOT_FOUND: /m);
      expect([1, 2]).toContain(code);
    }
    const json = await ringwire(['cat', '2', '1', '-r', root, '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'CORRUPT_CHANNEL', channel: '2' } });
  });

  test('report their losses with the name of the channel', async () => {
    const root = temporaryRoot();
    using ring = openRing(root, 1);
    using other = openRing(root, 2);
    for (const writer of [ring, other]) writer.write(Buffer.from('first'));
    const tail = start(['tail', '1', '2', '-r', root]);
    const done = finished(tail);
    await Promise.all([1, 2].map((id) => printed(tail.stdout, `${id} | first`)));
    await stop(tail);
    for (let n = 0; n < 20_000; n++) ring.write(Buffer.from('a record'));
    ring.close();
    other.close();
    tail.kill('SIGCONT');
    const { code, stderr } = await done;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^ringwire: 1: lapped: \d+ records/m);
    expect(stderr).not.toMatch(/2: lapped/);
  });
});

describe('a pattern', () => {
  test('follows new channels that match it from their beginning', async () => {
    const root = temporaryRoot();
    using first = openRing(root, 10);
    first.write(Buffer.from('old'));
    const tail = start(['tail', '1*', '-r', root, '--last', '0']);
    const done = finished(tail);
    // Its search for the first channels is over when it reads one of them.
    await appeared(() => first.readers.length > 0);
    using later = openLog(root, 11);
    later.write(Buffer.from('from the beginning'));
    using foreign = openLog(root, 20);
    foreign.write(Buffer.from('another name'));
    await printed(tail.stdout, '11 | from the beginning\n');
    first.close();
    later.close();
    const { code, stdout } = await done;
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/old|another/);
  });

  test('matches names, also of channels that get theirs later', async () => {
    const root = temporaryRoot();
    const open = (name: string) => RingWriter.create(root, { ...OPTIONS, capacity: 65_536, name });
    using quotes = open('quotes');
    using first = open('log-a');
    for (const writer of [quotes, first]) writer.write(Buffer.from('text'));
    const json = await ringwire(['cat', 'log-*', '-r', root, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ channel: '2', name: 'log-a', data: 'text' });
    const tail = start(['tail', 'quotes', 'log-*', 'orders', '-r', root, '--wait']);
    const done = finished(tail);
    await Promise.all([
      printed(tail.stdout, 'quotes (1) | text\n'),
      printed(tail.stdout, 'log-a (2) | text\n'),
    ]);
    using second = open('log-b');
    using orders = open('orders');
    using foreign = open('trades');
    for (const writer of [second, orders, foreign]) writer.write(Buffer.from('new'));
    await Promise.all([
      printed(tail.stdout, 'log-b (3) | new\n'),
      printed(tail.stdout, 'orders (4) | new\n'),
    ]);
    for (const writer of [quotes, first, second, orders]) writer.close();
    const { code, stdout, stderr } = await done;
    expect(code).toBe(0);
    expect(stdout).not.toContain('trades');
    expect(stderr).toContain('ringwire: log-b (3): the writer closed the channel\n');
  });

  test('that matches nothing is an error, or waits with --wait', async () => {
    const root = temporaryRoot();
    for (const command of [['cat'], ['tail'], ['tail', '--no-follow']]) {
      const none = await ringwire([...command, '1*', '-r', root]);
      expect(none).toMatchObject({ code: 2, stdout: '' });
      expect(none.stderr).toMatch(/^ringwire: STORAGE_NOT_FOUND: no channel matches 1\*/);
    }
    expect((await ringwire(['tail', '1*', '-r', root, '--wait-at-most', '50ms'])).code).toBe(4);
    const tail = start(['tail', '1*', '-r', root, '--wait']);
    const done = finished(tail);
    const writer = openLog(root, 12);
    writer.write(Buffer.from('here'));
    writer.close();
    expect(await done).toMatchObject({ code: 0, stdout: '12 | here\n' });
  });
});

describe('a reader of the output that ends', () => {
  test.each([
    ['a log', '1'],
    ['a ring', '2'],
    ['a journal', '3'],
    ['several channels', '1 2 3'],
    ['a pattern', "'*'"],
  ])('ends tail of %s although the channels are quiet: tail | head', async (_, channels) => {
    const root = temporaryRoot();
    const writers = [openLog(root, 1), openRing(root, 2), openJournal(root, 3)];
    for (const writer of writers) writer.write(Buffer.from('one'));
    const pipeline = `"${process.execPath}" "${MAIN}" tail ${channels} -r ${root} | head -n 1; echo \${PIPESTATUS[0]}`;
    const { code, stdout, stderr } = await run('bash', ['-c', pipeline]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^(\d \| )?one\n0\n$/);
    for (const writer of writers) writer.close();
  });

  test.each([
    ['without a matching record', ['--grep', 'never']],
    ['that does not exist yet', ['--wait']],
  ])('ends tail of a channel %s', async (_, options) => {
    const root = temporaryRoot();
    using writer = openRing(root, options.length);
    writer.write(Buffer.from('one'));
    const tail = start(['tail', '2', '-r', root, ...options]);
    tail.stdout.destroy();
    const [code] = await once(tail, 'close');
    expect(code).toBe(0);
  });
});

test('tail of several channels ends at SIGTERM with 143', async () => {
  const root = temporaryRoot();
  using first = openLog(root, 1);
  using second = openRing(root, 2);
  for (const writer of [first, second]) writer.write(Buffer.from('one'));
  const tail = start(['tail', '1', '*', '-r', root]);
  const done = finished(tail);
  await Promise.all([1, 2].map((id) => printed(tail.stdout, `${id} | one`)));
  tail.kill('SIGTERM');
  expect(await done).toMatchObject({
    code: 143,
    stderr: '',
    stdout: expect.stringMatching(/^(\d \| one\n){2}$/),
  });
});

describe('a tail that starts while a writer writes', () => {
  test.each([
    ['log', ['-c', '16M']],
    ['ring', ['--ring', '-c', '16M', '--close']],
    ['journal', ['--journal', '-c', '64K']],
  ])('prints each record of a %s once from its first one on', async (_, options) => {
    const root = temporaryRoot(16 << 20);
    const writer = start(['write', '1', '-r', root, ...options]);
    let n = 0;
    const feed = setInterval(() => {
      let lines = '';
      for (let i = 0; i < 5; i++) lines += `${n++}\n`;
      writer.stdin.write(lines);
    }, 1);
    const tails = ['0', '400'].map((last) => start(['tail', '1', '-r', root, '--wait', '--last', last]));
    const outputs = tails.map((tail) => {
      const chunks: Buffer[] = [];
      tail.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      return chunks;
    });
    await Promise.all(tails.map((tail) => printed(tail.stdout, '\n')));
    clearInterval(feed);
    const ends = tails.map((tail) => finished(tail));
    writer.stdin.end();
    for (const end of await Promise.all(ends)) expect(end).toMatchObject({ code: 0, stderr: '' });
    for (const chunks of outputs) {
      const numbers = Buffer.concat(chunks).toString().trimEnd().split('\n').map(Number);
      const first = numbers[0] as number;
      expect(numbers).toEqual(Array.from({ length: n - first }, (_, i) => first + i));
    }
  });
});
