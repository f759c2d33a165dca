import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { endsWithTest } from '../child.js';
import { MAIN, ringwire } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

const ESCAPE = '\u001b';
const SPINNER = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

/** `script` of util-linux runs a command on a terminal of its own. */
const hasScript = spawnSync('script', ['--version']).stdout?.toString().includes('util-linux') === true;
if (!hasScript) process.stderr.write('skipped: terminal tests need the program script of util-linux\n');

interface TerminalOptions {
  readonly env?: Record<string, string>;
  /** Called with all that was shown so far, again and again. */
  readonly onShown?: (shown: string) => void;
}

/** What a shell command line shows on a terminal. */
async function onTerminal(
  commandLine: string,
  { env = {}, onShown = () => {} }: TerminalOptions = {},
): Promise<string> {
  const { CI: _ci, FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env;
  const child = endsWithTest(
    spawn('script', ['-qec', commandLine, '/dev/null'], {
      env: { ...inherited, TERM: 'xterm', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  let shown = '';
  for await (const chunk of child.stdout) {
    shown += String(chunk);
    onShown(shown);
  }
  return shown;
}

const command = (args: string) => `${process.execPath} ${MAIN} ${args}`;

describe.skipIf(!hasScript)('on a terminal', () => {
  test('the demo has a live line and colors', async () => {
    const shown = await onTerminal(command('demo -n 200000'));
    expect(shown).toMatch(SPINNER);
    expect(shown).toMatch(/of 200,000 records verified, .*records\/s/);
    expect(shown).toContain(`${ESCAPE}[32mall records verified`);
  });

  test('NO_COLOR removes the colors', async () => {
    const shown = await onTerminal(command('demo -n 1000'), { env: { NO_COLOR: '1' } });
    expect(shown).toContain('all records verified');
    expect(shown).not.toMatch(new RegExp(`${ESCAPE}\\[3[0-9]m`));
  });

  test('a stream that takes longer than a second shows its progress', async () => {
    const root = temporaryRoot();
    const seen = path.join(root, 'seen');
    const slow = `(echo a; while [ ! -e ${seen} ]; do sleep 0.1; done; echo b)`;
    const shown = await onTerminal(`${slow} | ${command(`write 1 -r ${root}`)}`, {
      onShown: (text) => text.includes('1 records, ') && writeFileSync(seen, ''),
    });
    expect(shown).toMatch(/1 records, 1 bytes, /);
    const quick = await onTerminal(`echo a | ${command(`write 2 -r ${root}`)}`);
    expect(quick).toBe('');
  });

  test('records on the terminal are not mixed with a live line', async () => {
    const root = temporaryRoot();
    const slow = '(echo a; sleep 2; echo b)';
    const shown = await onTerminal(
      `${slow} | ${command(`write 1 -r ${root}`)} 2>/dev/null & ${command(`tail 1 -w -r ${root}`)}; wait`,
    );
    expect(shown.replaceAll('\r', '')).toBe('a\nb\n');
  });

  test('a dumb terminal, and one in CI, get no live line', async () => {
    expect(await onTerminal(command('demo -n 1000'), { env: { TERM: 'dumb' } })).not.toContain(ESCAPE);
    expect(await onTerminal(command('demo -n 1000'), { env: { CI: 'true' } })).not.toMatch(SPINNER);
  });
});

describe('in a pipe', () => {
  test('only output is printed, also during long work', async () => {
    const { stdout, stderr } = await ringwire(['demo', '-n', '1000000']);
    expect(stderr).toBe('');
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).not.toMatch(SPINNER);
  });
});
