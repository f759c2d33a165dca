/** Sizes, counts, durations and settings at and beyond their limits. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RingReader, RingWriter, ShmReader, TickUnit } from '../../src/channel/index.js';
import { durationOption, nanosToMillis, sizeOption, wholeNumberOption } from '../../src/cli/quantities.js';
import { FixedFramer } from '../../src/cli/transfer/framing.js';
import { run } from '../child.js';
import { MAIN, printed, ringwire, start } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';

describe('options', () => {
  test.each([
    ['write', '1', '--framing', 'fixed', '--size', '0'],
    ['write', '1', '--framing', 'fixed', '--size', '4G'],
    ['write', '1', '-c', '0'],
    ['write', '1', '-m', '0'],
    ['write', '1', '--retain', '0', '--journal'],
    ['write', '1', '--heartbeat-every', '-1s'],
    ['write', '1', '--heartbeat-every', '300y'],
    ['cat', '1', '--limit', '0'],
    ['cat', '1', '-n', '_'],
    ['tail', '1', '--from', '-8'],
    ['bench', '--rounds', '0'],
    ['demo', '-n', '0'],
    ['replay', 'file', '1', '--speed', '0'],
    ['hz', '1', '-d', 'soon'],
  ])('out of range are wrong usage: ringwire %s %s %s %s', async (...args) => {
    const { code, stderr } = await ringwire(args, { env: { RINGWIRE_ROOT: temporaryRoot() } });
    expect(stderr).toMatch(/^ringwire: USAGE: /);
    expect(code).toBe(2);
  });

  test.each([
    ['write', '1', '--root', ''],
    ['cat', '1', '-r', ''],
    ['ls', '--root='],
    ['ctl', 'list', '--runtime-dir', ''],
    ['vlp', 'watch', '--threshold-ms', '100', '--socket', ''],
    ['aeron', 'stat', '-d', ''],
  ])('with an empty value are wrong usage: ringwire %s %s %s %s', async (...args) => {
    const { code, stderr } = await ringwire(args);
    expect(stderr).toMatch(/^ringwire: USAGE: .*must not be empty/);
    expect(code).toBe(2);
  });

  test('share their quantities with the configuration of the supervisor', () => {
    expect([sizeOption('64K'), sizeOption('1.5MiB'), sizeOption('64MB')]).toEqual([65_536, 1_572_864, 64e6]);
    expect([durationOption('1m30s'), durationOption('1.5s')]).toEqual([90_000_000_000n, 1_500_000_000n]);
    expect(durationOption('never')).toBe('never');
    expect([nanosToMillis(1n), nanosToMillis(1_500_000n)]).toEqual([1, 2]);
    expect(() => wholeNumberOption(1, 9)('_')).toThrow('It must be a whole number from 1 to 9.');
  });

  test('a framer refuses a size below one byte', () => {
    for (const size of [0, -1, 1.5, Number.NaN])
      expect(() => new FixedFramer({} as never, size)).toThrow('from 1');
  });
});

describe('settings that are empty count as unset', () => {
  const { FORCE_COLOR: _f, NO_COLOR: _n, ...inherited } = process.env;

  test.each(['RINGWIRE_BACKEND', 'NO_COLOR', 'FORCE_COLOR', 'TERM', 'CI'])('%s', async (name) => {
    const args = [MAIN, 'write', '1', '-r', temporaryRoot()];
    const ended = await run(process.execPath, args, { env: { ...inherited, [name]: '' } });
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('RINGWIRE_ROOT is not taken for the current folder', async () => {
    const here = temporaryRoot();
    const id = '0xfeedfacecafef00d';
    expect((await ringwire(['write', id, '-r', here])).code).toBe(0);
    const env = { ...inherited, RINGWIRE_ROOT: '' };
    const { code, stderr } = await run(process.execPath, [MAIN, 'stat', id], { cwd: here, env });
    expect(stderr).toMatch(/STORAGE_NOT_FOUND: no channel at \S*ringwire-/);
    expect(code).toBe(2);
  });
});

test('a heartbeat every 600 hours does not flood the channel', async () => {
  const root = temporaryRoot();
  const child = start(['write', '1', '-r', root, '--heartbeat-every', '600h', '--flush-every', '600h']);
  child.stdin.write('one\n');
  using reader = await ShmReader.waitFor(root, 1);
  while (reader.tryRead() === null) await new Promise(setImmediate);
  // Another line, after the turns of the event loop in which a timer that overflowed would have fired.
  child.stdin.write('two\n');
  while (reader.tryRead() === null) await new Promise(setImmediate);
  child.stdin.end();
  await once(child, 'close');
  while (reader.tryRead() !== null);
  expect(reader.heartbeats).toBe(0);
});

test('tail into a reader that stops ends although the channel is quiet', async () => {
  const root = temporaryRoot();
  using writer = RingWriter.create(root, {
    channelId: 1,
    writerId: 1,
    capacity: 65_536,
    maxMessageLength: 100,
    timeout: 600,
    tickUnit: TickUnit.Secs,
  });
  writer.write(Buffer.from('one'));
  const child = start(['tail', '1', '-r', root]);
  await printed(child.stdout, 'one');
  child.stdout.destroy();
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  // The command has left the ring.
  using reader = RingReader.open(root, 1);
  expect(reader.tryRead()?.toString()).toBe('one');
});

test('errors that cannot be printed keep their exit code', async () => {
  const root = temporaryRoot();
  const full = fs.openSync('/dev/full', 'w');
  try {
    const stdio = ['ignore', 'ignore', full] as const;
    const [code] = await once(
      spawn(process.execPath, [MAIN, 'cat', '99', '-r', root], { stdio: [...stdio] }),
      'exit',
    );
    expect(code).toBe(2);
  } finally {
    fs.closeSync(full);
  }
});
