/**
 * The transport with the real pino, in separate processes: the channel contains every line that the logger
 * accepted. INV-PINO-01.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { journalStatus, openReader, type Reader, RingReader } from '../../src/channel/index.js';
import { type PinoTransportOptions, pinoTransport } from '../../src/pino/pino-transport.js';
import { run } from '../child.js';
import { temporaryFolder } from '../temporary.js';

const SCRIPT = fileURLToPath(new URL('./processes/logger.mjs', import.meta.url));

interface Logging {
  readonly options: Partial<PinoTransportOptions> & { root: string };
  readonly count: number;
  readonly end?: string;
  readonly first?: number;
  readonly padding?: number;
}

function log({ options, ...rest }: Logging) {
  return run(process.execPath, [SCRIPT, JSON.stringify({ ...rest, options: { channelId: 3, ...options } })]);
}

function readAll(reader: Reader): string[] {
  const lines: string[] = [];
  while (
    reader.poll((buffer, offset, length) => lines.push(buffer.toString('utf8', offset, offset + length))) > 0
  );
  return lines;
}

function numbersIn(root: string): number[] {
  using reader = openReader(root, 3);
  return readAll(reader).map((line) => JSON.parse(line).n);
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('the channel contains every logged line', () => {
  const WAYS = [
    ['journal', 'end', 0],
    ['journal', 'exit at once', 0],
    ['journal', 'exit when ready', 0],
    ['journal', 'exception', 1],
    ['journal', 'flush, then SIGKILL', 'SIGKILL'],
    ['ring', 'exit at once', 0],
    ['log', 'exit at once', 0],
  ] as const;

  it.each(WAYS)('%s: %s', async (kind, end, result) => {
    const root = temporaryFolder();
    const { code, signal, stderr } = await log({ options: { root, kind }, count: 5000, end, padding: 60 });
    if (end === 'exception') expect(stderr).toContain('on purpose');
    else expect(stderr).toBe('');
    expect(stderr).not.toContain('transport:');
    expect(signal ?? code).toBe(result);
    expect(numbersIn(root)).toEqual(upTo(5000));
  });
});

it.each(['journal', 'ring', 'log'] as const)(
  'the next logger into a %s continues after the last one',
  async (kind) => {
    const root = temporaryFolder();
    for (const first of [0, 100]) await log({ options: { root, kind }, count: 100, first });
    expect(numbersIn(root)).toEqual(upTo(200));
  },
);

it('a journal drops its oldest lines by its retention', async () => {
  const root = temporaryFolder();
  const options = { root, capacity: 16_384, retention: { maxSegments: 3 } };
  expect((await log({ options, count: 5000, end: 'exit at once' })).stderr).toBe('');
  expect(journalStatus(root, 3)).toMatchObject({ segments: 3, state: 'closed' });
  const numbers = numbersIn(root);
  expect(numbers.at(-1)).toBe(4999);
  expect(numbers).toEqual(upTo(5000).slice(-numbers.length));
});

it('a full log ends the transport with an error, and keeps the first lines', async () => {
  const root = temporaryFolder();
  const options = { root, kind: 'log', capacity: 16_384 } as const;
  const { code, stderr } = await log({ options, count: 2000, end: 'wait' });
  expect(stderr).toContain('transport:');
  expect(code).toBe(7);
  const numbers = numbersIn(root);
  expect(numbers.length).toBeGreaterThan(200);
  expect(numbers).toEqual(upTo(numbers.length));
});

it('refuses a second logger', async () => {
  const root = temporaryFolder();
  const stream = await pinoTransport({ root, channelId: 3 });
  const { stderr } = await log({ options: { root }, count: 1, end: 'wait' });
  expect(stderr).toContain('has a live writer');
  await new Promise((resolve) => stream.destroy().once('close', resolve));
});

describe('the stream', () => {
  it('joins pieces of any length to lines, and splits too long lines', async () => {
    const root = temporaryFolder();
    const stream = await pinoTransport({
      root,
      channelId: 3,
      kind: 'log',
      capacity: 16_384,
      maxMessageLength: 40,
    });
    const most = 48;
    const text = `${'a'.repeat(most)}\n\nfirst\nsecond ü\n${'b'.repeat(2 * most + 5)}\nlast`;
    for (const byte of Buffer.from(text)) stream.write(Buffer.of(byte));
    await new Promise((resolve) => stream.end().once('close', resolve));
    using reader = openReader(root, 3);
    expect(readAll(reader)).toEqual([
      'a'.repeat(most),
      'first',
      'second ü',
      ...['b'.repeat(most), 'b'.repeat(most), 'bbbbb'],
      'last',
    ]);
  });

  it('waits while readers block a back-pressure ring', async () => {
    const root = temporaryFolder();
    const options = { root, channelId: 3, kind: 'ring', policy: 'back-pressure', capacity: 1024 } as const;
    const stream = await pinoTransport(options);
    using reader = RingReader.open(root, 3);
    let taken = false;
    const text = Array.from({ length: 200 }, (_, n) => `line ${n}\n`).join('');
    stream.write(text, () => {
      taken = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(taken).toBe(false);
    const lines: string[] = [];
    await expect
      .poll(
        () => {
          lines.push(...readAll(reader));
          return taken;
        },
        { timeout: 120_000, interval: 2 },
      )
      .toBe(true);
    lines.push(...readAll(reader));
    expect(lines).toEqual(Array.from({ length: 200 }, (_, n) => `line ${n}`));
    await new Promise((resolve) => stream.destroy().once('close', resolve));
  });

  it('sends heartbeats while the logger is silent', async () => {
    const root = temporaryFolder();
    const stream = await pinoTransport({ root, channelId: 3, timeoutMs: 40 });
    using reader = openReader(root, 3, { timeout: 'never' });
    await expect
      .poll(
        () => {
          reader.poll(() => {});
          return reader.heartbeats;
        },
        { timeout: 120_000 },
      )
      .toBeGreaterThan(2);
    await new Promise((resolve) => stream.destroy().once('close', resolve));
  });

  it.each([
    { kind: 'queue' },
    { root: 3 },
    { retention: {}, kind: 'ring' },
    { policy: 'overwrite' },
    { timeoutMs: 0 },
    { chanelId: 1 },
  ])('refuses invalid options: %j', async (wrong) => {
    const options = { root: temporaryFolder(), channelId: 3, ...wrong } as PinoTransportOptions;
    await expect(pinoTransport(options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
