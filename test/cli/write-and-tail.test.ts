import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { ShmReader } from '../../src/channel/index.js';
import { wholeNumbersFrom } from '../seed.js';
import { MEASURES, sized } from '../size.js';
import { finished, printed, ringwire, start } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

const SIZE_MB = sized({ test: 10, all: 100, long: 100 });
const LINES = 'first\n\nthird with \u00fcmlaut\r\n\n\nlast\n';

describe('a text file', () => {
  test(`of ${SIZE_MB} MB comes out of tail in another process with the same SHA-256`, async () => {
    const root = temporaryRoot(400 << 20);
    const file = path.join(root, 'input.txt');
    const expected = await generateText(file, SIZE_MB * 1e6);
    const writer = start(['write', '1', '--root', root, '--capacity', '256M', '--json']);
    const reader = start(['tail', '1', '--root', root, '--wait', '--from', 'start']);
    const hash = createHash('sha256');
    const written = finished(writer);
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, residentBytes(writer.pid), residentBytes(reader.pid));
    }, 20);
    const [, , code] = await Promise.all([
      pipeline(createReadStream(file), writer.stdin),
      pipeline(reader.stdout, hash),
      new Promise((resolve) => reader.once('close', resolve)),
    ]);
    clearInterval(watch);
    expect(hash.digest('hex')).toBe(expected.sha256);
    expect(code).toBe(0);
    const summary = JSON.parse((await written).stdout);
    expect(summary).toMatchObject({ inputTaken: expected.bytes, records: expected.lines, complete: true });
    // What is not mapped from the channel stays small, however much goes through.
    expect(peak).toBeGreaterThan(0);
    if (MEASURES) expect(peak).toBeLessThan(160 << 20);
  });

  test('keeps empty lines, carriage returns and UTF-8 with the default framing', async () => {
    const root = temporaryRoot();
    expect(await ringwire(['write', '2', '-r', root], { input: LINES })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect((await ringwire(['cat', '2', '-r', root])).stdout).toBe(LINES);
  });

  test.each([
    ['keep-newlines', ['--keep-newlines']],
    ['chunks', ['--framing', 'chunks']],
  ])('keeps even a missing last newline with %s and raw', async (_, options) => {
    const root = temporaryRoot();
    const input = '\n\na\nno newline at the end';
    await ringwire(['write', '2', '-r', root, ...options], { input });
    expect((await ringwire(['tail', '2', '-r', root, '--format', 'raw'])).stdout).toBe(input);
  });

  test('gains a last newline with the default framing', async () => {
    const root = temporaryRoot();
    await ringwire(['write', '2', '-r', root], { input: 'a\nb' });
    expect((await ringwire(['cat', '2', '-r', root])).stdout).toBe('a\nb\n');
  });

  test('with --empty-lines skip loses its empty lines, with error it is refused', async () => {
    const root = temporaryRoot();
    await ringwire(['write', '2', '-r', root, '--empty-lines', 'skip'], { input: LINES });
    expect((await ringwire(['cat', '2', '-r', root])).stdout).toBe(LINES.replace(/\n+/g, '\n'));
    const refused = await ringwire(['write', '3', '-r', root, '--empty-lines', 'error'], { input: LINES });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^ringwire: DECODING_ERROR: the line after record 1 is empty/);
    expect(refused.stderr).toContain('1 records, the first 6 bytes of the input, are in the channel');
  });
});

describe('binary records', () => {
  const records = [Buffer.from([0, 255, 10]), Buffer.alloc(70_000, 7), Buffer.from('x')];
  const prefixed = Buffer.concat(
    records.flatMap((record) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(record.length);
      return [length, record];
    }),
  );

  test('go through length-prefixed framing and format unchanged', async () => {
    const root = temporaryRoot();
    const options = ['--framing', 'length-prefixed', '-c', '16M', '--json'];
    const written = await ringwire(['write', '4', '-r', root, ...options], { input: prefixed });
    expect(JSON.parse(written.stdout)).toMatchObject({ records: 3, inputTaken: prefixed.length });
    const reader = start(['cat', '4', '-r', root, '--format', 'length-prefixed']);
    const hash = createHash('sha256');
    await pipeline(reader.stdout, hash);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(prefixed).digest('hex'));
  });

  test.each([
    ['a record that is cut', prefixed.subarray(0, -1), /the input ends inside record 3/],
    ['a length that is cut', Buffer.concat([prefixed, Buffer.from([1, 0])]), /ends inside record 4/],
    ['an empty record', Buffer.alloc(4), /record 1 is empty/],
  ])('are refused for %s, and what came before is kept', async (_, input, message) => {
    const root = temporaryRoot();
    const options = ['--framing', 'length-prefixed', '-c', '16M'];
    const { code, stderr } = await ringwire(['write', '4', '-r', root, ...options], { input });
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(await ringwire(['cat', '4', '-r', root])).toMatchObject({ code: 0 });
  });

  test('of a fixed size are cut out of the stream', async () => {
    const root = temporaryRoot();
    const options = ['--framing', 'fixed', '--size', '4'];
    await ringwire(['write', '5', '-r', root, ...options], { input: 'aaaabbbbcccc' });
    expect((await ringwire(['cat', '5', '-r', root])).stdout).toBe('aaaa\nbbbb\ncccc\n');
    const cut = await ringwire(['write', '6', '-r', root, ...options], { input: 'aaaabb' });
    expect(cut).toMatchObject({ code: 1 });
    expect(cut.stderr).toContain('the input ends inside record 2; 1 records, the first 4 bytes');
    const sizeless = await ringwire(['write', '7', '-r', root, '--framing', 'fixed'], { input: 'aaaa' });
    expect(sizeless.code).toBe(2);
    expect(sizeless.stderr).toContain("'--framing fixed' and '--size <bytes>' need each other");
  });

  test('are shown as JSON: text where it is text, else base64', async () => {
    const root = temporaryRoot();
    await ringwire(['write', '8', '-r', root], { input: Buffer.from('74c3bc0aff00fe0a', 'hex') });
    const { stdout } = await ringwire(['cat', '8', '-r', root, '--json']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { position: 0, length: 3, encoding: 'utf8', data: 't\u00fc' },
      { position: 16, length: 3, encoding: 'base64', data: '/wD+' },
    ]);
  });

  test('are shown as a dump', async () => {
    const root = temporaryRoot();
    await ringwire(['write', '8', '-r', root], { input: 'seventeen letters\n' });
    expect((await ringwire(['cat', '8', '-r', root, '--format', 'hex'])).stdout).toBe(
      [
        'position 0, 17 bytes',
        '00000000  73 65 76 65 6e 74 65 65  6e 20 6c 65 74 74 65 72  |seventeen letter|',
        '00000010  73                                                |s|',
        '',
      ].join('\n'),
    );
  });
});

describe('write', () => {
  test('ends with 3 when the channel is full, and reports what the channel contains', async () => {
    const root = temporaryRoot();
    const input = Array.from({ length: 5000 }, (_, i) => `${i}\n`).join('');
    const full = await ringwire(['write', '1', '-r', root, '-c', '16K', '--json'], { input });
    expect(full.code).toBe(3);
    const summary = JSON.parse(full.stdout);
    const { error } = JSON.parse(full.stderr);
    expect(error).toMatchObject({ code: 'CHANNEL_FULL', capacity: 16384, left: 0, required: 16 });
    expect(summary).toMatchObject({ complete: false, records: 1023, channel: '1' });
    expect(error.message).toContain(`the first ${summary.inputTaken} bytes of the input`);
    // The rest of the input continues exactly there, and the readers see the end.
    const taken = await ringwire(['tail', '1', '-r', root, '--from', 'start']);
    expect(taken).toMatchObject({ code: 0, stdout: input.slice(0, summary.inputTaken) });
  });

  test('refuses a line that is too long, and names the limit', async () => {
    const root = temporaryRoot();
    const input = `short\n${'x'.repeat(1000)}\n`;
    const { code, stderr } = await ringwire(['write', '1', '-r', root, '-c', '16K'], { input });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /MAX_RECORD_LENGTH_EXCEEDED: record 2 has at least \d+ bytes, the limit of this channel is 120/,
    );
    expect((await ringwire(['cat', '1', '-r', root])).stdout).toBe('short\n');
  });

  test('refuses an existing channel with 5, and does not change it', async () => {
    const root = temporaryRoot();
    await ringwire(['write', '1', '-r', root], { input: 'mine\n' });
    const second = await ringwire(['write', '1', '-r', root], { input: 'theirs\n' });
    expect(second.code).toBe(5);
    expect(second.stderr).toMatch(/^ringwire: STORAGE_ALREADY_EXISTS: /);
    expect((await ringwire(['cat', '1', '-r', root])).stdout).toBe('mine\n');
  });

  test('resumes a channel whose writer was killed', async () => {
    const root = temporaryRoot();
    const writer = start(['write', '1', '-r', root, '--timeout', '100ms', '--heartbeat-every', 'never']);
    writer.stdin.write('before\n');
    const reader = start(['tail', '1', '-r', root, '--wait']);
    await printed(reader.stdout, 'before\n');
    writer.kill('SIGKILL');
    const dead = await finished(reader);
    expect(dead.stderr).toMatch(/TIMEOUT: .*its writer is dead/);
    expect(dead.code).toBe(4);
    expect(await ringwire(['write', '1', '-r', root, '--resume'], { input: 'after\n' })).toMatchObject({
      code: 0,
    });
    expect((await ringwire(['tail', '1', '-r', root])).stdout).toBe('before\nafter\n');
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('closes the channel at %s: its readers come to a proper end', async (signal, expected) => {
    const root = temporaryRoot();
    const writer = start(['write', '1', '-r', root]);
    writer.stdin.write('taken\n');
    const reader = start(['tail', '1', '-r', root, '--wait']);
    await printed(reader.stdout, 'taken\n');
    const read = finished(reader);
    writer.kill(signal);
    expect((await finished(writer)).code).toBe(expected);
    expect(await read).toMatchObject({ code: 0, stderr: '' });
  });

  test('sends heartbeats while its input is silent, and flushes with --flush-every', async () => {
    const root = temporaryRoot();
    const options = ['--timeout', '2s', '--heartbeat-every', '50ms', '--flush-every', '50ms', '--json'];
    const writer = start(['write', '1', '-r', root, ...options]);
    writer.stdin.write('one\n');
    const reader = start(['tail', '1', '-r', root, '--wait', '--give-up', 'late']);
    await printed(reader.stdout, 'one\n');
    const read = finished(reader);
    using own = ShmReader.open(root, 1, { timeout: 'never' });
    // So many heartbeats take longer than the timeout.
    while (own.heartbeats < 45) {
      own.poll(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    writer.stdin.end('two\n');
    const { heartbeats } = JSON.parse((await finished(writer)).stdout);
    expect(heartbeats).toBeGreaterThanOrEqual(45);
    expect(await read).toMatchObject({ code: 0, stderr: '', stdout: 'two\n' });
  });

  test('writes ids and options into the header', async () => {
    const root = temporaryRoot();
    const header = ['--writer-id', '0xffffffffffffffff', '--tick', 'millis', '--timeout', '7s'];
    await ringwire(['write', '0x8000000000000001', '-r', root, ...header, '--profile', 'heartbeat'], {
      input: 'x\n',
    });
    const { stdout } = await ringwire(['cat', '9223372036854775809', '-r', root, '--json']);
    // The heartbeat profile begins with a heartbeat.
    expect(JSON.parse(stdout).position).toBe(8);
  });
});

describe('tail', () => {
  test('waits for a channel that does not exist yet, at most --wait-at-most', async () => {
    const root = temporaryRoot();
    expect((await ringwire(['tail', '1', '-r', root])).code).toBe(2);
    const vain = await ringwire(['tail', '1', '-r', root, '--wait-at-most', '100ms']);
    expect(vain.code).toBe(4);
    expect(vain.stderr).toMatch(/^ringwire: TIMEOUT: the channel did not appear in time/);
    const reader = finished(start(['tail', '1', '-r', root, '--wait']));
    await ringwire(['write', '1', '-r', root], { input: 'here\n' });
    expect(await reader).toMatchObject({ code: 0, stdout: 'here\n' });
  });

  test('starts at a position, and refuses one inside a record', async () => {
    const root = temporaryRoot();
    await ringwire(['write', '1', '-r', root], { input: 'a\nb\nc\n' });
    expect((await ringwire(['tail', '1', '-r', root, '--from', '16'])).stdout).toBe('b\nc\n');
    const inside = await ringwire(['tail', '1', '-r', root, '--from', '8']);
    expect(inside).toMatchObject({ code: 2, stdout: '' });
    expect(inside.stderr).toMatch(/^ringwire: INVALID_POSITION: /);
  });

  test('starts after the existing records with --from now', async () => {
    const root = temporaryRoot();
    const writer = start(['write', '1', '-r', root]);
    writer.stdin.write('old\n');
    const witness = start(['tail', '1', '-r', root, '--wait']);
    await printed(witness.stdout, 'old\n');
    const reader = start(['tail', '1', '-r', root, '--from', 'now']);
    const read = finished(reader);
    // It is not told when the reader has opened: new lines come until one is seen.
    const seen = printed(reader.stdout, 'new\n');
    const feed = setInterval(() => writer.stdin.write('new\n'), 50);
    await seen;
    clearInterval(feed);
    writer.stdin.end();
    expect((await read).stdout).not.toContain('old');
    witness.kill();
  });

  test('ends after --limit records', async () => {
    const root = temporaryRoot();
    await ringwire(['write', '1', '-r', root], { input: 'a\nb\nc\n' });
    expect(await ringwire(['tail', '1', '-r', root, '--limit', '2'])).toMatchObject({
      code: 0,
      stdout: 'a\nb\n',
    });
  });

  test('keeps waiting for a late writer, and reports it once', async () => {
    const root = temporaryRoot();
    const silent = ['--timeout', '100ms', '--heartbeat-every', 'never'];
    const writer = start(['write', '1', '-r', root, ...silent]);
    writer.stdin.write('one\n');
    const reader = start(['tail', '1', '-r', root, '--wait']);
    await printed(reader.stdout, 'one\n');
    const impatient = await ringwire(['tail', '1', '-r', root, '--give-up', 'late']);
    expect(impatient).toMatchObject({ code: 4, stdout: 'one\n' });
    await printed(reader.stderr, 'still waiting');
    const read = finished(reader);
    await new Promise((resolve) => setTimeout(resolve, 500));
    writer.stdin.end('two\n');
    expect(await read).toMatchObject({ code: 0, stdout: 'two\n', stderr: '' });
  });

  test('ends at SIGTERM, also while its output is not read', async () => {
    const root = temporaryRoot(32 << 20);
    const input = Buffer.alloc(4 << 20, 'abcdefg\n');
    await ringwire(['write', '1', '-r', root, '-c', '16M'], { input });
    const reader = start(['tail', '1', '-r', root, '--from', 'start']);
    await new Promise((resolve) => reader.stdout.once('readable', resolve));
    reader.kill('SIGTERM');
    const [code] = await new Promise<[number | null]>((resolve) =>
      reader.once('exit', (...result) => resolve([result[0]])),
    );
    expect(code).toBe(143);
  });

  test('ends without an error when the reader of its output ends', async () => {
    const root = temporaryRoot(32 << 20);
    await ringwire(['write', '1', '-r', root, '-c', '16M'], { input: Buffer.alloc(4 << 20, 'abcdefg\n') });
    for (const command of ['tail', 'cat']) {
      const reader = start([command, '1', '-r', root, '--from', 'start']);
      const stderr: Buffer[] = [];
      reader.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      await printed(reader.stdout, 'abcdefg\n');
      reader.stdout.destroy();
      const code = await new Promise((resolve) => reader.once('close', resolve));
      expect(Buffer.concat(stderr).toString()).toBe('');
      expect(code).toBe(0);
    }
  });
});

/** Lines of all lengths, also empty ones, each ending in a newline. */
async function generateText(
  file: string,
  least: number,
): Promise<{ sha256: string; bytes: number; lines: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  let lines = 0;
  function* text(): Generator<Buffer> {
    const alphabet = Buffer.from(
      'The quick brown fox jumps over the lazy dog. \u00e4\u00f6\u00fc \u20ac '.repeat(40),
    );
    const random = wholeNumbersFrom();
    while (bytes < least) {
      const parts: Buffer[] = [];
      for (let i = 0; i < 2000; i++) {
        const short = random(140);
        const length = random(1000) === 0 ? 2000 : short < 7 ? 0 : short;
        const start = random(alphabet.length - length);
        parts.push(
          alphabet.subarray(start, start + length).map((byte) => (byte === 10 ? 32 : byte)) as Buffer,
        );
        parts.push(Buffer.from('\n'));
      }
      const piece = Buffer.concat(parts);
      bytes += piece.length;
      lines += 2000;
      hash.update(piece);
      yield piece;
    }
  }
  await pipeline(Readable.from(text()), createWriteStream(file));
  return { sha256: hash.digest('hex'), bytes, lines };
}

/** Memory of a process that is its own: resident, without what is mapped from files. */
function residentBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
