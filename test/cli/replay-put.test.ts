/** Replaying writes each record exactly once, whatever the writer answers first. */
import { expect, it } from 'vitest';
import { RingReader, RingWriter, TickUnit, WriteResult } from '../../src/channel/index.js';
import { put } from '../../src/cli/commands/replay.js';
import { memoryFolder } from '../temporary.js';

const RING = {
  channelId: 1,
  writerId: 1,
  capacity: 1024,
  maxMessageLength: 56,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};

it.each([
  ['nothing', []],
  ['that a reader is stuck', [WriteResult.ReaderStuck]],
  ['that a reader is stuck, twice', [WriteResult.ReaderStuck, WriteResult.ReaderStuck]],
  ['back pressure', [WriteResult.BackPressured, WriteResult.BackPressured]],
  ['back pressure, then that a reader is stuck', [WriteResult.BackPressured, WriteResult.ReaderStuck]],
])('after %s', async (_, refusals) => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, RING);
  using reader = RingReader.open(root, 1);
  const answers = [...refusals];
  const tryWrite = writer.tryWrite.bind(writer);
  writer.tryWrite = (data, length) => answers.shift() ?? tryWrite(data, length);
  expect(await put(writer, Buffer.from('once'), new AbortController().signal)).toBe(true);
  expect([reader.tryRead()?.toString(), reader.tryRead()]).toEqual(['once', null]);
});
