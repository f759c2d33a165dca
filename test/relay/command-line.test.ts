/** `ringwire aeron relay`: lines of one channel come out of another one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../temporary.js';

const MAIN = path.resolve('dist/cli/main.js');

function ringwire(args: string[], input = '') {
  const child = spawn(process.execPath, [MAIN, ...args]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const run = { child, output: '', errors: '', code: once(child, 'close').then(([code]) => code) };
  child.stdout.on('data', (chunk) => (run.output += chunk));
  child.stderr.on('data', (chunk) => (run.errors += chunk));
  child.stdin.end(input);
  return run;
}

it('a log is written, relayed into a ring and read there', async () => {
  const root = temporaryFolder();
  const directory = path.join(root, 'aeron');
  const driver = ringwire(['aeron', 'driver', '-d', directory, '--term-length', '65536']);
  await once(driver.child.stderr, 'data');
  expect(await ringwire(['write', '1', '-r', root, '-c', '1M'], 'one\ntwo\nthree\n').code).toBe(0);
  const receive = ringwire(
    'aeron relay receive 2 --ring --capacity 64K --json'.split(' ').concat('-r', root, '-d', directory),
  );
  const send = ringwire('aeron relay send 1 --json'.split(' ').concat('-r', root, '-d', directory));
  expect(await Promise.all([send.code, receive.code]), send.errors + receive.errors).toEqual([0, 0]);
  expect(JSON.parse(send.output)).toMatchObject({ confirmed: 3 });
  expect(JSON.parse(receive.output)).toMatchObject({ received: 3, lost: 0 });
  const cat = ringwire(['cat', '2', '-r', root]);
  expect(await cat.code).toBe(0);
  expect(cat.output).toBe('one\ntwo\nthree\n');
}, 60_000);
