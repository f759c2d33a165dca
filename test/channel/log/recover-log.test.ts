import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type RecoverOptions, recoverChannel, ShmReader, ShmWriter } from '../../../src/channel/index.js';
import { availableBackends, ManualClock } from '../../../src/platform/index.js';
import { child, kill, messageFrom } from '../../child.js';
import { temporaryFolder } from '../../temporary.js';
import { bytesOf, CHANNEL, DATA, die, EXAMPLE, fileOf, poke, shorten, word } from './example-channel.js';

/** Three records (positions 0, 16, 32; the end at 48), and behind them what a dying writer left. */
function abandoned({ residue = false } = {}): string {
  const root = temporaryFolder();
  // A clock that stands still: two such channels are equal byte by byte.
  const writer = ShmWriter.create(root, { ...EXAMPLE, clock: new ManualClock() });
  for (const text of ['one', 'two', 'three']) writer.write(Buffer.from(text));
  die(root, writer);
  if (residue) {
    poke(root, 48 + 8, word(3n));
    poke(root, 9000, Buffer.from('rest of a batch'));
  }
  return root;
}

function read(root: string): { texts: string[]; end: string | undefined } {
  using reader = ShmReader.open(root, CHANNEL);
  const texts: string[] = [];
  for (let record = reader.tryRead(); record !== null; record = reader.tryRead())
    texts.push(record.toString());
  return { texts, end: reader.endReason?.code };
}

const THREE = ['one', 'two', 'three'];

test('a dry run is the default: it reports the actions and changes nothing', () => {
  const root = abandoned({ residue: true });
  const before = bytesOf(root);
  expect(recoverChannel(root, CHANNEL, { close: true })).toMatchObject({
    dryRun: true,
    records: 3,
    position: 48,
    lastRecord: { position: 32, length: 5 },
    end: 'open',
    actions: ['clear-residue', 'close'],
    residueBytes: 9000 + 15 - 56,
    backup: null,
  });
  expect(bytesOf(root).equals(before)).toBe(true);
});

describe.each(availableBackends())('recovery (%s)', (backend) => {
  const recover = (root: string, options: RecoverOptions = {}) =>
    recoverChannel(root, CHANNEL, { dryRun: false, backend, ...options });

  test('closes the channel of a dead writer after its last record, and clears the bytes after it', () => {
    const root = abandoned({ residue: true });
    expect(recover(root, { close: true })).toMatchObject({ actions: ['clear-residue', 'close'] });
    expect(read(root)).toEqual({ texts: THREE, end: 'CLOSED' });
    const behind = bytesOf(root).subarray(DATA + 48 + 8);
    expect(behind.equals(Buffer.alloc(behind.length))).toBe(true);
  });

  test('without close the channel stays open for a successor', () => {
    const root = abandoned({ residue: true });
    expect(recover(root)).toMatchObject({ actions: ['clear-residue'] });
    using writer = ShmWriter.resume(root, CHANNEL, { backend });
    writer.write(Buffer.from('four'));
    expect(read(root).texts).toEqual([...THREE, 'four']);
  });

  test('a second run finds nothing to do and leaves the same bytes', () => {
    const root = abandoned({ residue: true });
    recover(root, { close: true });
    const once = bytesOf(root);
    expect(recover(root, { close: true })).toMatchObject({ end: 'closed', actions: [] });
    expect(bytesOf(root).equals(once)).toBe(true);
  });

  test('does not search for records after the WATERMARK', () => {
    const root = abandoned();
    poke(root, 48 + 16, Buffer.concat([word(4n), Buffer.from('fake'), Buffer.alloc(4), word(-1n)]));
    recover(root, { close: true });
    expect(read(root)).toEqual({ texts: THREE, end: 'CLOSED' });
  });

  test('refuses a channel with a live writer, also in a dry run', () => {
    const root = temporaryFolder();
    using writer = ShmWriter.create(root, EXAMPLE);
    writer.write(Buffer.from('one'));
    for (const dryRun of [true, false])
      expect(() => recover(root, { dryRun, close: true, force: true })).toThrow(
        expect.objectContaining({ code: 'WRITER_EXISTS' }),
      );
    writer.write(Buffer.from('two'));
    expect(read(root)).toEqual({ texts: ['one', 'two'], end: undefined });
  });

  test('cuts off damage only if requested, and keeps a copy of the original file', () => {
    const root = abandoned();
    poke(root, 16, word(0xbadn));
    const damaged = bytesOf(root);
    expect(recover(root, { dryRun: true })).toMatchObject({
      end: 'corrupt',
      error: { code: 'CORRUPT_CHANNEL' },
      actions: [],
    });
    expect(() => recover(root, { close: true })).toThrow(
      expect.objectContaining({ code: 'CORRUPT_CHANNEL' }),
    );
    expect(bytesOf(root).equals(damaged)).toBe(true);

    const { backup, actions } = recover(root, { close: true, cutDamage: true });
    expect(actions).toEqual(['cut-damage', 'clear-residue', 'close']);
    expect(read(root)).toEqual({ texts: ['one'], end: 'CLOSED' });
    expect(fs.readFileSync(backup as string).equals(damaged)).toBe(true);
    expect(fs.readdirSync(path.dirname(fileOf(root))).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('makes a separate copy for a second damage', () => {
    const root = abandoned();
    poke(root, 32, word(0xbadn));
    const first = recover(root, { cutDamage: true }).backup;
    poke(root, 16, word(0xbadn));
    const second = recover(root, { cutDamage: true }).backup;
    expect(new Set([first, second]).size).toBe(2);
    expect(fs.existsSync(first as string) && fs.existsSync(second as string)).toBe(true);
  });

  test('a hole, zeros to the end, is damage as well', () => {
    const root = abandoned();
    poke(root, 16, Buffer.alloc(16_384 + 8 - 16));
    expect(() => recover(root)).toThrow(expect.objectContaining({ code: 'CORRUPT_CHANNEL', reason: 'hole' }));
    recover(root, { cutDamage: true, close: true });
    expect(read(root)).toEqual({ texts: ['one'], end: 'CLOSED' });
  });

  test('a file of the original needs force, and keeps its length', () => {
    const root = abandoned({ residue: true });
    shorten(root, 128);
    const { size } = fs.statSync(fileOf(root));
    expect(() => recover(root, { close: true })).toThrow(expect.objectContaining({ code: 'WRITER_EXISTS' }));
    recover(root, { close: true, force: true });
    expect(read(root)).toEqual({ texts: THREE, end: 'CLOSED' });
    expect(fs.statSync(fileOf(root)).size).toBe(size);
  });

  test('a file truncated inside a record ends after the previous record', () => {
    const root = abandoned();
    fs.truncateSync(fileOf(root), DATA + 32 + 10);
    recover(root, { close: true, force: true, cutDamage: true });
    expect(read(root)).toEqual({ texts: ['one', 'two'], end: 'CLOSED' });
    expect(fs.statSync(fileOf(root)).size).toBe(DATA + 32 + 10);
  });

  test('leaves a file without space for a close marker unchanged', () => {
    const root = abandoned();
    fs.truncateSync(fileOf(root), DATA + 32 + 4);
    const before = bytesOf(root);
    expect(() => recover(root, { close: true, force: true, cutDamage: true })).toThrow(
      expect.objectContaining({ code: 'STORAGE_TRUNCATED' }),
    );
    expect(bytesOf(root).equals(before)).toBe(true);
  });

  test('releases the lock, so that a successor can resume', () => {
    const root = abandoned();
    recover(root);
    ShmWriter.resume(root, CHANNEL, { backend }).close();
    expect(read(root).end).toBe('CLOSED');
  });
});

describe('an interrupted and repeated recovery leaves the bytes of one run', () => {
  const options: RecoverOptions = { dryRun: false, close: true, cutDamage: true };
  function damaged(): string {
    const root = abandoned({ residue: true });
    poke(root, 32, word(0xbadn));
    return root;
  }
  function recovered(root: string): Buffer {
    recoverChannel(root, CHANNEL, options);
    return bytesOf(root);
  }

  test.each([
    ['behind the cut', () => {}],
    ['in the middle of clearing', (root: string) => poke(root, 9000, Buffer.alloc(15))],
    ['behind clearing', (root: string) => poke(root, 40, Buffer.alloc(16_384 - 40))],
  ])('%s', (_, go) => {
    const expected = recovered(damaged());
    const root = damaged();
    poke(root, 32, word(-4008636143n));
    go(root);
    expect(recovered(root).equals(expected)).toBe(true);
  });

  test('after a kill at a random time, 12 times', async () => {
    const expected = recovered(damaged());
    const script = new URL('./processes/killed-recovery.mjs', import.meta.url);
    for (let trial = 0; trial < 12; trial++) {
      const root = damaged();
      const process = child(script, root);
      await messageFrom(process);
      await sleep(trial / 4);
      await kill(process);
      expect(recovered(root).equals(expected)).toBe(true);
    }
  });
});
