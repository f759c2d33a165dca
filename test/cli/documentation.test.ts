import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/exit-codes.js';
import { run } from '../child.js';
import { placeNpx } from '../docs/documents.js';
import { MAIN, ringwire } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^\$ (.+)$/gm)].map(([, line]) => line as string);

describe('docs/cli.md', () => {
  test('has examples that all succeed, one after the other', async () => {
    expect(examples.length).toBeGreaterThan(15);
    const root = temporaryRoot();
    const folder = path.join(root, 'bin');
    mkdirSync(folder);
    // As npm links it: the file itself must be executable and name its interpreter.
    symlinkSync(MAIN, path.join(folder, 'ringwire'));
    placeNpx(folder);
    const { PATH, ...others } = process.env;
    const env = { ...others, RINGWIRE_ROOT: root, PATH: `${folder}:${PATH}` };
    for (const example of examples) {
      const { code, stderr } = await run('bash', ['-ec', `set -o pipefail; ${example}`], { env });
      expect({ example, code, stderr }).toEqual({ example, code: 0, stderr: '' });
    }
    const compare = 'ringwire cat 11 | sha256sum; seq 1000 | sha256sum';
    const { code, stdout } = await run('bash', ['-c', compare], { env });
    expect(code).toBe(0);
    const [copied, original] = stdout.trim().split('\n');
    expect(copied).toBe(original);
  });

  test('has the exit codes that the program has', () => {
    for (const { code, meaning } of EXIT_CODES) expect(page).toContain(`| ${code} | ${meaning} |`);
  });

  test.each([
    'demo',
    'write',
    'tail',
    'cat',
    'stat',
    'ls',
    'verify',
    'recover',
    'unlock',
    'peers',
    'struct',
    'bench',
    'hz',
    'top',
    'record',
    'replay',
    'metrics',
    'relay',
    'web',
  ])('names every option of %s', async (command) => {
    const { stdout, code } = await ringwire([command, '--help']);
    expect(code).toBe(0);
    const section = page.slice(page.indexOf(`\n## ${command}\n`)).split('\n## ')[1] as string;
    const general = ['--help', '--root', '--json', '--observe'];
    for (const [, option] of stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)) {
      if (!general.includes(option as string)) expect(section).toContain(option);
    }
  });
});

test.each(['init', 'validate', 'run', 'startup', 'managers', 'list', 'logs', 'events'])(
  'docs/cli.md names every option of ctl %s',
  async (command) => {
    const { stdout } = await ringwire(['ctl', command, '--help']);
    const section = page.slice(page.indexOf('\n## ctl\n')).split('\n## ')[1] as string;
    for (const [, option] of stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)) {
      if (option !== '--help') expect(section).toContain(option);
    }
  },
);

describe('ringwire --help', () => {
  test('explains the commands, with examples', async () => {
    const { code, stdout } = await ringwire(['--help']);
    expect(code).toBe(0);
    for (const [, command] of page.matchAll(/^\| \[?`([a-z-]+)`/gm)) {
      if (page.includes(`\n## ${command}\n`)) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('seq 1000 | ringwire write 7');
  });

  test('the exit codes are a table, and JSON', async () => {
    const help = await ringwire(['help', 'exit-codes']);
    for (const { meaning } of EXIT_CODES) expect(help.stdout).toContain(meaning);
    expect(JSON.parse((await ringwire(['exit-codes', '--json'])).stdout)).toEqual(EXIT_CODES);
  });

  test('wrong usage ends with 2 and one line', async () => {
    for (const args of [
      ['frob'],
      ['write'],
      ['cat', '1', '--frob'],
      ['write', '1', '-c', 'much'],
      ['tail', '1', '-n', '0'],
    ]) {
      const { code, stderr, stdout } = await ringwire(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^ringwire: USAGE: [^\n]+\n$/);
    }
    const json = await ringwire(['ls', '--json', '--frob']);
    expect(JSON.parse(json.stderr)).toEqual({ error: { code: 'USAGE', message: "unknown option '--frob'" } });
  });

  test('the program is executable by itself', () => {
    expect(statSync(MAIN).mode & 0o111).toBe(0o111);
    expect(readFileSync(MAIN, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
