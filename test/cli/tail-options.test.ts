/** The options of `tail` and `cat` that choose records, and how they print them, for each kind of channel. */
import { describe, expect, test } from 'vitest';
import { JournalWriter, RingWriter, ShmWriter, TickUnit, type Writer } from '../../src/channel/index.js';
import { wholeNumbersFrom } from '../seed.js';
import { sized } from '../size.js';
import { finished, printed, ringwire, ringwireProcess, start } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

const OPTIONS = { channelId: 1, writerId: 1, timeout: 60, tickUnit: TickUnit.Secs };
const CREATE = {
  log: (root: string) => ShmWriter.create(root, { ...OPTIONS, capacity: 1 << 20, maxMessageLength: 200 }),
  ring: (root: string) => RingWriter.create(root, { ...OPTIONS, capacity: 8192 }),
  'back-pressure ring': (root: string) =>
    RingWriter.create(root, { ...OPTIONS, capacity: 8192, policy: 'back-pressure' }),
  journal: (root: string) =>
    JournalWriter.create(root, { ...OPTIONS, capacity: 16_384, maxMessageLength: 100 }),
} satisfies Record<string, (root: string) => Writer>;
const KINDS = Object.keys(CREATE) as (keyof typeof CREATE)[];
const NUMBERS = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\n`).join('');

/** Writes the numbers `from` to `to`, each as a record. */
function writeNumbers(writer: Writer, from: number, to: number): void {
  for (let n = from; n <= to; n++) writer.write(Buffer.from(String(n)));
}

describe.each(KINDS)('tail of a %s', (kind) => {
  test('prints the last 10 records and follows; each record is printed once', async () => {
    const root = temporaryRoot();
    const writer = CREATE[kind](root);
    writeNumbers(writer, 1, 30);
    const tail = start(['tail', '1', '-r', root]);
    const result = printed(tail.stdout, '30\n');
    const all: Buffer[] = [];
    tail.stdout.on('data', (chunk: Buffer) => all.push(chunk));
    await result;
    writeNumbers(writer, 31, 40);
    writer.close();
    expect(await finished(tail)).toMatchObject({ code: 0, stderr: '' });
    expect(Buffer.concat(all).toString()).toBe(NUMBERS(21, 40));
  });

  test('--last 0 prints only new records', async () => {
    const root = temporaryRoot();
    using writer = CREATE[kind](root);
    writeNumbers(writer, 1, 30);
    const tail = start(['tail', '1', '-r', root, '--last', '0', '--limit', '1']);
    const done = finished(tail);
    let n = 31;
    const feed = setInterval(() => writer.write(Buffer.from(`${n++}`)), 20);
    const { code, stdout } = await done;
    clearInterval(feed);
    expect(code).toBe(0);
    expect(Number(stdout)).toBeGreaterThan(30);
  });

  test('--no-follow --last N prints the last N records of cat', async () => {
    const random = wholeNumbersFrom();
    for (let round = 0; round < sized({ test: 4, all: 20, long: 100 }); round++) {
      const root = temporaryRoot();
      using writer = CREATE[kind](root);
      writeNumbers(writer, 1, random(1500));
      const last = random(round % 2 === 0 ? 20 : 2000);
      const all = (await ringwire(['cat', '1', '-r', root])).stdout.match(/.*\n/g) ?? [];
      const expected = last === 0 ? '' : all.slice(-last).join('');
      for (const command of [
        ['tail', '1', '--no-follow'],
        ['cat', '1'],
      ])
        expect(await ringwire([...command, '-r', root, '-n', String(last)])).toEqual({
          code: 0,
          stdout: expected,
          stderr: '',
        });
    }
  });

  test('--grep chooses records, and --last and --limit count those that match', async () => {
    const root = temporaryRoot();
    using writer = CREATE[kind](root);
    writeNumbers(writer, 1, 200);
    const lines = async (...args: string[]) => (await ringwire([...args, '-r', root])).stdout.split('\n');
    expect(await lines('cat', '1', '--grep', '^1?50$')).toEqual(['50', '150', '']);
    expect(await lines('cat', '1', '--grep', '7$', '-n', '2')).toEqual(['187', '197', '']);
    expect(await lines('tail', '1', '--no-follow', '--grep', '00$')).toEqual(['100', '200', '']);
    expect(await lines('cat', '1', '--grep', '9$', '--limit', '2')).toEqual(['9', '19', '']);
    expect(await lines('tail', '1', '--from', 'start', '--grep', '5$', '--limit', '3')).toEqual([
      '5',
      '15',
      '25',
      '',
    ]);
  });
});

test('tail of a ring that laps it during the wait for its output counts the lost records', async () => {
  const root = temporaryRoot();
  using writer = RingWriter.create(root, { ...OPTIONS, capacity: 65_536 });
  // More than a pipe and the buffers of the command take.
  const record = Buffer.alloc(4000, 'x');
  const tail = start(['tail', '1', '-r', root, '--last', '0', '--grep', 'x$']);
  let writtenRecords = 0;
  const feed = setInterval(() => {
    for (let i = 0; i < 400; i++) {
      writer.write(record);
      writtenRecords++;
    }
  }, 1);
  const lapped = await printed(tail.stderr, 'were overwritten before they could be read');
  clearInterval(feed);
  expect(lapped).toMatch(/^ringwire: lapped: \d+ records \(\d+ bytes\)/);
  const done = finished(tail);
  writer.close();
  expect((await done).code).toBe(0);
  expect(writtenRecords).toBeGreaterThan(0);
});

describe('--since', () => {
  test('starts a journal at its index, and skips no record since the time', async () => {
    const root = temporaryRoot();
    const beginning = Date.now() - 3_600_000;
    let now = beginning;
    const clock = { monotonicMillis: () => 0, unixNanos: () => BigInt(now) * 1_000_000n };
    using writer = JournalWriter.create(root, {
      ...OPTIONS,
      capacity: 65_536,
      maxMessageLength: 500,
      clock,
    });
    for (let n = 0; n < 1000; n++) {
      writer.write(Buffer.from(`${n} ${'x'.repeat(400)}`));
      now += 1000;
    }
    const utc = (seconds: number) => new Date(beginning + seconds * 1000).toISOString();
    const twoHoursEast = (seconds: number) => utc(seconds + 7200).replace('Z', '+02:00');
    for (const [first, since] of [
      [300, utc(300)],
      [300, twoHoursEast(300)],
      [959.5, utc(959.5)],
    ] as const) {
      const { stdout, code } = await ringwire(['cat', '1', '-r', root, '--since', since]);
      expect(code).toBe(0);
      const numbers = stdout
        .trimEnd()
        .split('\n')
        .map((line) => Number(line.split(' ')[0]));
      expect(numbers.at(-1)).toBe(999);
      expect(numbers[0]).toBeLessThanOrEqual(Math.ceil(first));
      // One step of the index holds 4096 bytes.
      expect(numbers[0]).toBeGreaterThan(first - 12);
    }
    const later = await ringwire(['tail', '1', '-r', root, '--no-follow', '--since', '1s']);
    expect(later.stdout.split('\n').length).toBeLessThan(12);
  });

  test.each(['log', 'ring', 'back-pressure ring'] as const)(
    'of a %s needs a field of its records with their time',
    async (kind) => {
      const root = temporaryRoot();
      using writer = CREATE[kind](root);
      const minutes = (n: number) => Date.now() - n * 60_000;
      writer.write(Buffer.from('no JSON'));
      for (const n of [30, 20, 5]) writer.write(Buffer.from(JSON.stringify({ at: { time: minutes(n) }, n })));
      writer.write(Buffer.from(JSON.stringify({ at: { time: new Date(minutes(4)).toISOString() }, n: 4 })));
      writer.write(Buffer.from('no time'));
      const refused = await ringwire(['cat', '1', '-r', root, '--since', '10m']);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(/^ringwire: INVALID_ARGUMENT: .* records no times, only a journal does/);
      const since = (time: string) =>
        ringwire(['cat', '1', '-r', root, '--since', time, '--time-field', 'at.time', '--fields', 'n']);
      expect((await since('10m')).stdout).toBe('{"n":5}\n{"n":4}\nno time\n');
      expect((await since('4m30s')).stdout).toBe('{"n":4}\nno time\n');
      expect(await since('1m')).toEqual({ code: 0, stdout: '', stderr: '' });
    },
  );

  test.each([
    ['--since', 'yesterday'],
    ['--since', '2026-13-01'],
    ['--since', '10'],
    ['--since', '10m', '--last', '3'],
    ['--since', '10m', '--from', 'start'],
    ['--from', 'now', '--last', '3'],
    ['--last', '-1'],
    ['--grep', '['],
    ['--fields', 'a,,b'],
    ['--fields', 'a', '--format', 'json'],
    ['--pretty', '--format', 'hex'],
  ])('and its neighbours are refused as wrong usage: %s %s %s %s', async (...args) => {
    for (const command of ['tail', 'cat']) {
      const { code, stderr } = await ringwire([command, '1', '-r', '/nowhere', ...args]);
      expect(stderr).toMatch(/^ringwire: USAGE: /);
      expect(code).toBe(2);
    }
  });

  test('takes a date as local midnight', async () => {
    const root = temporaryRoot();
    using writer = CREATE.journal(root);
    writeNumbers(writer, 1, 3);
    const at = (time: string) => ringwire(['cat', '1', '-r', root, '--since', time]);
    expect((await at('2020-01-01')).stdout).toBe(NUMBERS(1, 3));
    expect((await at('2020-01-01 10:30')).stdout).toBe(NUMBERS(1, 3));
  });
});

describe('JSON records', () => {
  const PINO = {
    level: 40,
    time: Date.parse('2026-05-01T12:00:00Z'),
    req: { id: 5, url: '/a' },
    msg: 'slow',
  };

  async function channelOf(...records: readonly string[]): Promise<string> {
    const root = temporaryRoot();
    await ringwire(['write', '1', '-r', root], { input: records.map((record) => `${record}\n`).join('') });
    return root;
  }

  test('are printed with the chosen fields, in their order; other records as they are', async () => {
    const root = await channelOf(
      JSON.stringify(PINO),
      'text',
      '[1]',
      '{"a.b":1,"req":{"id":null}}',
      '{broken',
    );
    const { stdout } = await ringwire(['cat', '1', '-r', root, '--fields', 'msg, req.id,a.b,none']);
    expect(stdout).toBe('{"msg":"slow","req.id":5}\ntext\n[1]\n{"req.id":null,"a.b":1}\n{broken\n');
  });

  test('are indented with --pretty, and lines of pino are printed by pino-pretty', async () => {
    const root = await channelOf(JSON.stringify(PINO), '{"a":{"b":1}}', 'text');
    const { stdout, stderr } = await ringwire(['cat', '1', '-r', root, '--pretty']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\[\d\d:\d\d:00\.000\] WARN: slow\n {4}req: \{\n/);
    expect(stdout.endsWith('{\n  "a": {\n    "b": 1\n  }\n}\ntext\n')).toBe(true);
  });

  test('of pino are indented, with one note, where pino-pretty is not installed', async () => {
    const root = await channelOf(JSON.stringify(PINO), JSON.stringify(PINO));
    const text = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
    const hooks = text(`export async function resolve(name, context, next) {
      if (name === 'pino-pretty') throw new Error('not installed');
      return next(name, context);
    }`);
    const register = text(`import { register } from 'node:module'; register(${JSON.stringify(hooks)});`);
    const { stdout, stderr, code } = await ringwireProcess(['cat', '1', '-r', root, '--pretty'], {
      // Node 26 deprecates `register` in favor of a function that Node 20 does not have.
      env: { NODE_OPTIONS: `--no-deprecation --import ${register}` },
    });
    expect(stderr).toBe(
      'ringwire: lines of pino are printed as JSON: install pino-pretty@13 to print them for people\n',
    );
    const indented = JSON.stringify(PINO, null, 2);
    expect({ stdout, code }).toEqual({ stdout: `${indented}\n${indented}\n`, code: 0 });
  });

  test('that cannot be rendered are printed as they are', async () => {
    const deep = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const strange =
      '{"level":30,"time":1,"msg":{"toString":null,"valueOf":null},"__proto__":5,"constructor":null}';
    const root = temporaryRoot();
    await ringwire(['write', '1', '-r', root, '-c', '32M'], { input: `${deep}\n${strange}\nlast\n` });
    for (const options of [
      ['--pretty'],
      ['--fields', 'a,msg'],
      ['--pretty', '--fields', 'a,msg,level,time,__proto__'],
    ]) {
      const { code, stdout, stderr } = await ringwire(['cat', '1', '-r', root, ...options]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      // Not the whole text: a failure would print it.
      expect(stdout.startsWith(`${deep}\n`)).toBe(true);
      expect(stdout.endsWith('\nlast\n')).toBe(true);
    }
  });

  test('cannot control a terminal by what pino-pretty decodes', async () => {
    const root = await channelOf(
      JSON.stringify({ ...PINO, msg: '\u001b[2J\u202e', '\u009bkey': '\u001b]0;t\u0007' }),
    );
    const pretty = (...args: string[]) => ringwire(['cat', '1', '-r', root, '--pretty', ...args]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
    expect((await pretty()).stdout).not.toMatch(/[\u001b\u009b\u0007\u202e]/);
    expect((await pretty('--raw')).stdout).toContain('\u202e');
  });
});
