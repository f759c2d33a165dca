/** SIGKILL between two named steps of the writer: the state that a reader and the next writer find. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  channelPaths,
  recoverChannel,
  removeStaleLock,
  ShmReader,
  ShmWriter,
  TickUnit,
} from '../../../src/channel/index.js';
import { availableBackends, type BackendName } from '../../../src/platform/index.js';
import { codeOf } from '../../error-code.js';
import { temporaryFolder } from '../../temporary.js';

const SCRIPT = fileURLToPath(new URL('./processes/killed-at.mjs', import.meta.url));
const CHANNEL = 7;
const OPTIONS = {
  writerId: 2,
  channelId: CHANNEL,
  capacity: 16_384,
  maxMessageLength: 100,
  timeout: 30,
  tickUnit: TickUnit.Secs,
};

function killedAt(point: string, backend: BackendName): string {
  const root = temporaryFolder();
  const { signal, stderr } = spawnSync(process.execPath, [SCRIPT, root, point, backend], {
    encoding: 'utf8',
    timeout: 120_000,
    // The process dies at calls of Atomics.store. The other way to publish stores the same in the same order.
    env: { ...process.env, RINGWIRE_STRICT_ORDER: '1' },
  });
  expect(signal, stderr).toBe('SIGKILL');
  return root;
}

const files = (root: string) =>
  fs.readdirSync(channelPaths(root, CHANNEL).folder).filter((name) => !name.endsWith('.bell'));

function readAll(root: string): { texts: string[]; end: string | undefined } {
  using reader = ShmReader.open(root, CHANNEL, { timeout: 'never' });
  const texts: string[] = [];
  while (
    reader.poll((buffer, offset, length) => texts.push(buffer.toString('utf8', offset, offset + length))) > 0
  );
  return { texts, end: reader.endReason?.code };
}

describe('a creator that dies', () => {
  it.each([
    'lock made, file not',
    'file made, blocks not reserved',
    'blocks reserved, header not',
    'header written, not on disk',
    'header on disk, not published',
    'placeholder made, not renamed',
  ])('%s: no channel appears, and after the lock was removed the next creation succeeds', (point) => {
    const root = killedAt(point, 'koffi');
    expect(['STORAGE_NOT_FOUND', 'STORAGE_NOT_READY']).toContain(codeOf(() => ShmReader.open(root, CHANNEL)));
    expect(['STORAGE_NOT_READY', 'STORAGE_ALREADY_EXISTS']).toContain(
      codeOf(() => ShmWriter.create(root, OPTIONS)),
    );
    expect(removeStaleLock(root, CHANNEL)).toBe(true);
    expect(removeStaleLock(root, CHANNEL)).toBe(false);
    expect(files(root)).toEqual([]);
    ShmWriter.create(root, OPTIONS).close();
    expect(readAll(root)).toEqual({ texts: [], end: 'CLOSED' });
    expect(files(root)).toEqual(['0000_0007.kekbit']);
  });

  it.each(['published, temporary name still there', 'renamed, lock still there'])(
    '%s: leaves a channel that is complete after the removal of the lock',
    (point) => {
      const root = killedAt(point, 'koffi');
      expect(codeOf(() => ShmReader.open(root, CHANNEL))).toBe('STORAGE_NOT_READY');
      expect(codeOf(() => ShmWriter.create(root, OPTIONS))).toBe('STORAGE_ALREADY_EXISTS');
      expect(removeStaleLock(root, CHANNEL)).toBe(true);
      expect(files(root)).toEqual(['0000_0007.kekbit']);
      expect(readAll(root)).toEqual({ texts: [], end: undefined });
      using writer = ShmWriter.resume(root, CHANNEL);
      writer.write(Buffer.from('on'));
      expect(readAll(root).texts).toEqual(['on']);
    },
  );
});

const BEFORE = ['one', 'two!'];

describe.each(availableBackends())('a writer that dies, with %s', (backend) => {
  it.each([
    ['after the claim', BEFORE],
    ['in the middle of the payload', BEFORE],
    ['before the commit store', BEFORE],
    ['after the commit store', [...BEFORE, 'three']],
    ['before the commit of a batch', BEFORE],
    ['after the commit of a batch', [...BEFORE, 'three', 'four', 'fifth']],
    ['after the first staged record', BEFORE],
    ['after the last staged record', BEFORE],
    ['before the commit of staged records', BEFORE],
    ['after the commit of staged records', [...BEFORE, 'three', 'four', 'fifth']],
    ['before the end marker', [...BEFORE, 'three']],
  ])('%s leaves its published records, and recovery closes the channel after them', (point, texts) => {
    const root = killedAt(point, backend);
    expect(readAll(root)).toEqual({ texts, end: undefined });
    const recover = () => recoverChannel(root, CHANNEL, { dryRun: false, close: true, backend });
    recover();
    const image = fs.readFileSync(channelPaths(root, CHANNEL).file);
    expect(readAll(root)).toEqual({ texts, end: 'CLOSED' });
    expect(recover().actions).toEqual([]);
    expect(fs.readFileSync(channelPaths(root, CHANNEL).file).equals(image)).toBe(true);
  });

  it('after the last staged record leaves bytes that the next writer clears, and no record of them', () => {
    const root = killedAt('after the last staged record', backend);
    const { file } = channelPaths(root, CHANNEL);
    const end = 1024 + 16 + 16;
    expect(
      fs
        .readFileSync(file)
        .subarray(end + 8)
        .includes('four'),
    ).toBe(true);
    using writer = ShmWriter.resume(root, CHANNEL, { backend });
    expect(fs.readFileSync(file).subarray(end + 8)).toEqual(Buffer.alloc(fs.statSync(file).size - end - 8));
    writer.write(Buffer.from('on'));
    expect(readAll(root).texts).toEqual([...BEFORE, 'on']);
  });

  it('after the close marker leaves a closed channel', () => {
    expect(readAll(killedAt('after the end marker', backend))).toEqual({
      texts: [...BEFORE, 'three'],
      end: 'CLOSED',
    });
  });
});
