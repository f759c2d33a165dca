/** `scanChannel`, `verifyChannel` and `observeChannel` of a ring. */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import {
  channelPaths,
  observeChannel,
  RingReader,
  RingWriter,
  scanChannel,
  verifyChannel,
} from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { openRing, RING } from './ring-under-test.js';

const DATA = 12_288;

it('a report counts the records in the ring and all published records', () => {
  using ring = openRing({ policy: 'back-pressure' }, { name: 'reader' });
  for (const word of ['one', 'three']) ring.writer.write(Buffer.from(word));
  ring.writer.heartbeat();
  ring.reader.tryRead();
  expect(verifyChannel(ring.root, 7)).toMatchObject({
    kind: 'ring',
    records: 2,
    heartbeats: 1,
    payloadBytes: 8,
    lastRecord: { position: 16, length: 5 },
    position: 40,
    end: 'open',
    error: null,
    header: { policy: 'back-pressure', stuckReader: 'wait', capacity: 1024 },
    layout: null,
    fileLength: DATA + 1024,
    writer: 'alive',
    owner: { pid: process.pid },
    ring: {
      epoch: 0,
      sequence: 2,
      oldest: { position: 0, sequence: 0 },
      overwritten: 0,
      readers: [{ slot: 0, name: 'reader', pid: process.pid, state: 'active', position: 16, lag: 24 }],
    },
  });
});

it('after laps it counts from the oldest record that can be read', () => {
  using ring = openRing();
  for (let i = 0; i < 1000; i++) ring.writer.write(Buffer.from('12345678'));
  const { records, ring: found, position, payloadBytes } = verifyChannel(ring.root, 7);
  expect(found?.sequence).toBe(1000);
  expect(records).toBe(1000 - (found?.oldest.sequence ?? 0));
  expect(payloadBytes).toBe(8 * records);
  expect(position).toBe(ring.writer.writeOffset);
  // The status moved no reader.
  expect(ring.writer.readers).toEqual([]);
});

it('hundreds of heartbeats do not hide the records after them', () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, capacity: 65_536 });
  for (let i = 0; i < 500; i++) writer.heartbeat();
  writer.write(Buffer.from('behind'));
  expect(verifyChannel(root, 7)).toMatchObject({ records: 1, heartbeats: 500, end: 'open' });
});

it('reports the states alive, dead, resumed and closed', () => {
  const root = memoryFolder();
  const first = RingWriter.create(root, RING);
  expect(scanChannel(root, 7)).toMatchObject({ state: 'alive', ring: { epoch: 0 } });
  first.detach();
  expect(scanChannel(root, 7)).toMatchObject({ state: 'dead', writer: 'dead', end: 'open' });
  const second = RingWriter.resume(root, 7);
  expect(scanChannel(root, 7)).toMatchObject({ state: 'alive', ring: { epoch: 1 } });
  second.close();
  expect(scanChannel(root, 7)).toMatchObject({ state: 'closed', end: 'closed', error: null });
});

it('reports damage after the records before it, and a damaged header', () => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, RING);
  for (const word of ['one', 'two', 'three']) writer.write(Buffer.from(word));
  writer.close();
  const { file } = channelPaths(root, 7);
  const fd = fs.openSync(file, 'r+');
  fs.writeSync(fd, Buffer.from('77777777', 'hex'), 0, 4, DATA + 16);
  expect(scanChannel(root, 7)).toMatchObject({
    state: 'damaged',
    end: 'corrupt',
    records: 1,
    position: 16,
    error: { code: 'CORRUPT_CHANNEL', position: 16 },
  });
  fs.writeSync(fd, Buffer.from('77777777', 'hex'), 0, 4, 64);
  expect(scanChannel(root, 7)).toMatchObject({ state: 'damaged', kind: 'ring', end: 'unreadable' });
  fs.closeSync(fd);
  fs.truncateSync(file, DATA);
  expect(scanChannel(root, 7)).toMatchObject({ state: 'damaged', error: { code: 'CORRUPT_CHANNEL' } });
});

it('reads a ring without write permission', () => {
  const root = memoryFolder();
  RingWriter.create(root, { ...RING, fileMode: 0o400 }).close();
  expect(scanChannel(root, 7)).toMatchObject({ state: 'closed' });
});

it('reports late only after a silent observation for the whole timeout', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, timeout: 60 });
  writer.heartbeat();
  expect((await observeChannel(root, 7, { observeMs: 10 })).state).toBe('alive');
  expect((await observeChannel(root, 7)).state).toBe('late');
});

it('a heartbeat during the observation keeps the state alive', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, timeout: 60_000 });
  const observed = observeChannel(root, 7);
  writer.heartbeat();
  expect((await observed).state).toBe('alive');
  using reader = RingReader.open(root, 7);
  expect(reader.position).toBe(0);
});
