/** No text of another process controls a terminal; colors of the command itself are kept. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RingReader, RingWriter, ShmWriter, TickUnit } from '../../src/channel/index.js';
import { BytePrinter, printData, printError, printJson, printNote, printText } from '../../src/cli/print.js';
import { renderCounters, renderErrors, renderLosses } from '../../src/cli/rendering/aeron-texts.js';
import { coloursFor } from '../../src/cli/rendering/colours.js';
import { forTerminal, printable, safeJson } from '../../src/cli/rendering/printable.js';
import { processStatus, processTable } from '../../src/cli/rendering/process-table.js';
import { reportError } from '../../src/cli/report-error.js';
import { RingwireError } from '../../src/platform/index.js';
import { ringwire } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

const ESCAPE = '\u001b';
/** A color, a title, a screen that is cleared, a C1 control, a direction that is reversed, a bell. */
const HOSTILE = `a${ESCAPE}[31mb${ESCAPE}]0;title\u0007c${ESCAPE}[2Jd\u009b1me\u202ef\rg`;
/** Everything of the category "other" but newlines and tabs. */
const CONTROL = /[^\P{C}\n\t]/u;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What is written to both streams during `action`. */
function written(action: () => void): string {
  let all = '';
  const take = (text: unknown) => {
    all += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take as never);
  vi.spyOn(process.stderr, 'write').mockImplementation(take as never);
  action();
  vi.restoreAllMocks();
  return all;
}

describe('the printing layer', () => {
  it.each<[string, () => void]>([
    ['text', () => printText(HOSTILE)],
    ['a note', () => printNote(HOSTILE)],
    ['an error', () => printError(HOSTILE)],
    [
      'an error of a channel',
      () => reportError(new RingwireError('TIMEOUT', HOSTILE, { path: HOSTILE }), false),
    ],
    ['the same as JSON', () => reportError(new RingwireError('TIMEOUT', HOSTILE, { path: HOSTILE }), true)],
    ['an internal error', () => reportError(new Error(HOSTILE), false)],
    ['JSON', () => printJson({ [HOSTILE]: HOSTILE })],
  ])('makes %s safe', (_, action) => {
    expect(written(action)).not.toMatch(CONTROL);
  });

  it('keeps our colors and drops those of others, also inside of ours', () => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('FORCE_COLOR', '1');
    const { red } = coloursFor(process.stdout);
    const text = written(() => printText(`${red(`ours ${ESCAPE}[32mtheirs`)} ${ESCAPE}[31mtheirs`));
    expect(text).toBe(`${ESCAPE}[31mours ·[32mtheirs${ESCAPE}[39m ·[31mtheirs`);
  });

  it('does not accept a color whose mark is guessed', () => {
    expect(forTerminal(`${ESCAPE}[31;0999;0999m`)).toBe('·[31;0999;0999m');
    expect(forTerminal(`${ESCAPE}[31;m`)).toBe('·[31;m');
  });

  it('keeps newlines and tabs of text, and replaces them in a cell', () => {
    expect(forTerminal('a\n\tb')).toBe('a\n\tb');
    expect(printable('a\n\tb')).toBe('a··b');
  });

  it('does not change the value of JSON', () => {
    const json = JSON.stringify({ text: HOSTILE });
    expect(JSON.parse(safeJson(json))).toEqual({ text: HOSTILE });
    expect(safeJson(json)).not.toMatch(CONTROL);
  });

  it('passes data of other processes unchanged through a pipe, and not to a terminal', () => {
    const { isTTY } = process.stdout;
    try {
      process.stdout.isTTY = false;
      expect(written(() => printData(HOSTILE))).toBe(HOSTILE);
      process.stdout.isTTY = true;
      expect(written(() => printData(HOSTILE))).not.toMatch(CONTROL);
    } finally {
      process.stdout.isTTY = isTTY;
    }
  });

  describe.each(['terminal', 'pipe'] as const)('bytes of another process on a %s', (output) => {
    const bytes = Buffer.from(`${HOSTILE}\u00fc\n`);
    const shown = async (raw: boolean) => {
      const pieces: Buffer[] = [];
      const stream = {
        isTTY: output === 'terminal',
        write: (data: string | Buffer) => pieces.push(Buffer.from(data as string)) > 0,
      };
      const printer = new BytePrinter(stream as never, raw, new AbortController().signal);
      // A character of several bytes is cut in two.
      for (const byte of bytes) await printer.print(Buffer.of(byte));
      await printer.end();
      return Buffer.concat(pieces);
    };

    it('keep their text and lose control characters on a terminal only', async () => {
      const text = await shown(false);
      if (output === 'pipe') expect(text).toEqual(bytes);
      else expect(text.toString()).toBe('a·[31mb·]0;title·c·[2Jd·1me·f·g\u00fc\n');
    });

    it('are unchanged with --raw', async () => {
      expect(await shown(true)).toEqual(bytes);
    });
  });

  it('is the only module that writes to the streams of the process', () => {
    const folder = fileURLToPath(new URL('../../src/cli', import.meta.url));
    const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const writers = files.filter(
      (file) =>
        file.endsWith('.ts') &&
        /(std(out|err)|[oO]utput)\s*\.write\(/.test(fs.readFileSync(path.join(folder, file), 'utf8')),
    );
    // The full screen and the live output pass their lines through the same functions; the last one writes the bytes of
    // records.
    expect(writers.sort()).toEqual([
      ...['live-output.ts', 'print.ts', 'screen/full-screen.ts', 'transfer/printing/byte-output.ts'],
    ]);
  });
});

describe('tables of other processes', () => {
  const entry = { id: HOSTILE, name: HOSTILE, state: HOSTILE, pid: 1, rss: 0, restarts: 0 } as never;
  it.each<[string, string]>([
    ['the list of processes', processTable([entry])],
    ['the state of a process', processStatus(entry)],
    ['labels of counters', renderCounters([{ id: 1, value: 1n, label: `${HOSTILE}\n` } as never])],
    [
      'losses',
      renderLosses([
        { count: 1, bytesLost: 1n, firstMs: 0n, lastMs: 0n, channel: HOSTILE, source: HOSTILE } as never,
      ]),
    ],
    ['errors', renderErrors([{ count: 1, firstMs: 0n, lastMs: 0n, text: HOSTILE } as never])],
  ])('%s', (_, text) => {
    expect(written(() => printText(text))).not.toMatch(CONTROL);
  });
});

it('names of readers are shown without control characters', async () => {
  const root = temporaryRoot();
  const options = {
    channelId: 1,
    writerId: 1,
    capacity: 65_536,
    maxMessageLength: 100,
    timeout: 60,
    tickUnit: TickUnit.Secs,
  };
  using _writer = RingWriter.create(root, options);
  using _reader = RingReader.open(root, 1, { name: `r${ESCAPE}[31m` });
  const { stdout } = await ringwire(['stat', '1', '-r', root]);
  expect(stdout).toContain('r·[31m');
  expect(stdout).not.toMatch(CONTROL);
});

const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') === true;
if (!hasScript)
  process.stderr.write('skipped: a test on a terminal needs the program script of util-linux\n');

it.skipIf(!hasScript)(
  'records on a terminal lose their control characters, with --raw or in a pipe they do not',
  async () => {
    const root = temporaryRoot();
    const options = {
      channelId: 1,
      writerId: 1,
      capacity: 65_536,
      maxMessageLength: 500,
      timeout: 60,
      tickUnit: TickUnit.Secs,
    };
    const record = `ü${ESCAPE}]0;title\u0007`;
    using writer = ShmWriter.create(root, options);
    writer.write(Buffer.from(record));
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const shown = (args: string) =>
      spawnSync('script', ['-qec', `${process.execPath} ${main} cat 1 -r ${root} ${args}`, '/dev/null'], {
        env: { ...process.env, TERM: 'xterm' },
        input: '',
      }).stdout.toString();
    expect(shown('')).toContain('ü·]0;title·');
    expect(shown('--raw')).toContain(record);
    expect((await ringwire(['cat', '1', '-r', root])).stdout).toBe(`${record}\n`);
  },
);
