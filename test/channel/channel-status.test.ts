/** The bounded status of every kind: correct if it is known, unknown otherwise, and never a full scan. */
import fs from 'node:fs';
import { expect, it, vi } from 'vitest';
import { channelPaths, channelStatus, ShmReader, type ShmWriter } from '../../src/channel/index.js';
import { memoryFolder } from '../temporary.js';
import { text } from '../writer-and-reader.js';
import { openChannel } from './channel-under-test.js';
import { KINDS, OPTIONS, withPair } from './conformance/kinds.js';

it.each(KINDS)('reports header, writer, positions, owner and end of a $name', (kind) =>
  withPair(kind, ({ root, writer, reader }) => {
    reader.close();
    for (let n = 0; n < 10; n++) writer.write(text(`${n}`));
    const alive = channelStatus(root, 9);
    expect(alive).toMatchObject({
      channelId: 9n,
      path: writer.path,
      state: 'alive',
      writer: 'alive',
      position: writer.writeOffset,
      sequence: 10,
      oldestPosition: 0,
      error: null,
    });
    expect(alive.header).toMatchObject({ capacity: OPTIONS.capacity, channelId: 9n });
    expect(alive.owner?.pid).toBe(process.pid);
    (writer as ShmWriter).detach();
    expect(channelStatus(root, 9)).toMatchObject({ state: 'dead', writer: 'dead', sequence: 10 });
  }),
);

it.each(KINDS)('reports a closed $name as closed', (kind) =>
  withPair(kind, ({ root, writer }) => {
    writer.write(text('a'));
    writer.close();
    expect(channelStatus(root, 9)).toMatchObject({ state: 'closed', writer: 'dead', sequence: 1 });
  }),
);

it('reads a bounded part of a long log and reports the rest as unknown', () => {
  using channel = openChannel({ capacity: 1 << 20 });
  const batch = Array.from({ length: 10_000 }, () => text('record'));
  channel.writer.writeBatch(batch);
  const poll = vi.spyOn(ShmReader.prototype, 'poll');
  const status = channelStatus(channel.root, 9);
  expect(poll.mock.results.reduce((sum, { value }) => sum + value, 0)).toBeLessThan(5000);
  poll.mockRestore();
  expect(status).toMatchObject({ state: 'alive', position: null, sequence: null });
  channel.writer.detach();
  expect(channelStatus(channel.root, 9).state).toBe('ended');
});

it('reports a missing, damaged, incomplete or unreadable channel as a state, without throwing', () => {
  const root = memoryFolder();
  expect(channelStatus(root, 9)).toMatchObject({ state: 'missing', kind: null, header: null });
  using channel = openChannel();
  const { file, lock } = channelPaths(channel.root, 9);
  channel.writer.write(text('a'));
  fs.writeFileSync(lock, '');
  expect(channelStatus(channel.root, 9).state).toBe('not-ready');
  fs.rmSync(lock);
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, Buffer.alloc(8, 0x77), 0, 8, 1024 + 16);
  expect(channelStatus(channel.root, 9)).toMatchObject({
    state: 'damaged',
    position: 16,
    error: { code: 'CORRUPT_CHANNEL' },
  });
  fs.writeSync(fd, Buffer.alloc(8), 0, 8, 0);
  fs.closeSync(fd);
  expect(channelStatus(channel.root, 9)).toMatchObject({
    state: 'damaged',
    error: { code: 'INVALID_SIGNATURE' },
  });
});
