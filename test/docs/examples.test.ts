/** The examples that wait for people or for each other; the others are run by their pages (documents.test.ts). */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { endsWithTest } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { REPOSITORY } from './documents.js';

interface Program {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  /** Resolves when the output contains the text. */
  readonly says: (text: string) => Promise<void>;
}

function start(example: string, ...args: string[]): Program {
  const child = endsWithTest(
    spawn(process.execPath, [path.join(REPOSITORY, 'docs/examples', example), ...args]),
  );
  let output = '';
  const waiting: { text: string; resolve: () => void }[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      for (const { text, resolve } of waiting) if (output.includes(text)) resolve();
    });
  }
  return {
    child,
    output: () => output,
    ended: new Promise((resolve) => child.on('close', resolve)),
    says: (text) =>
      new Promise((resolve) => {
        if (output.includes(text)) resolve();
        else waiting.push({ text, resolve });
      }),
  };
}

it('echo: lines are printed unchanged, and Bye ends both programs', async () => {
  const folder = temporaryFolder();
  const out = start('01-echo/echo-out.mjs', folder);
  const echo = start('01-echo/echo-in.mjs', folder);
  echo.child.stdin?.write('first\nzweite Zeile – ü\n');
  await out.says('zweite');
  echo.child.stdin?.write('Bye\nnever sent\n');
  expect(await Promise.all([echo.ended, out.ended])).toEqual([0, 0]);
  expect(out.output()).toBe('first\nzweite Zeile – ü\nBye\n');
});

it('echo: the end of the input ends the channel, and the channel the reader', async () => {
  const folder = temporaryFolder();
  const echo = start('01-echo/echo-in.mjs', folder, '7');
  echo.child.stdin?.end('only line\n');
  const out = start('01-echo/echo-out.mjs', folder, '7');
  expect(await Promise.all([echo.ended, out.ended])).toEqual([0, 0]);
  expect(out.output()).toBe('only line\n');
});

it('chat: two programs, started in any order, exchange lines until one sends Bye', async () => {
  const folder = temporaryFolder();
  const ada = start('03-chat/chat.mjs', folder, '1', '2');
  const bob = start('03-chat/chat.mjs', folder, '2', '1');
  await Promise.all([ada.says('connected'), bob.says('connected')]);
  ada.child.stdin?.write('hello\n');
  await bob.says('1: hello');
  bob.child.stdin?.write('hello yourself\n');
  await ada.says('2: hello yourself');
  ada.child.stdin?.write('Bye\n');
  expect(await Promise.all([ada.ended, bob.says('1 left')])).toBeDefined();
  bob.child.stdin?.end();
  expect(await Promise.all([ada.ended, bob.ended])).toEqual([0, 0]);
});

it('child processes: a hundred thousand records arrive, each one checked', async () => {
  const { ended, output } = start('04-child-processes/main.mjs', '100000', temporaryFolder());
  expect(await ended).toBe(0);
  expect(output()).toMatch(/^100000 records in [\d.]+ s/);
});
