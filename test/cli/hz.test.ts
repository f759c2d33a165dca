import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RingWriter, ShmWriter } from '../../src/channel/index.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { stop } from '../child.js';
import { MEASURES } from '../size.js';
import { memoryFolder } from '../temporary.js';
import { finished, ringwire, start } from './ringwire-command.js';
import { appeared } from './temporary-root.js';

const LOG = { ...RING, capacity: 65_536, maxMessageLength: 100, timeout: 60_000 };

/** Waits until the command looks on at the ring. */
function seen(writer: RingWriter): Promise<void> {
  return appeared(() => writer.readers.some(({ name }) => name === 'ringwire hz'));
}

/** Writes records until the command counts them; what it finds while it begins it passes over. @returns how many */
async function counting(writer: RingWriter, length: number): Promise<number> {
  await seen(writer);
  for (let i = 0; i < 5; i++) {
    writer.write(Buffer.alloc(length));
    await appeared(() => writer.readers[0]?.position === writer.writeOffset);
  }
  return 5;
}

test('counts the new records of a ring, with sizes and gaps', async () => {
  const root = memoryFolder();
  using writer = RingWriter.create(root, { ...RING, capacity: 65_536, timeout: 60_000 });
  writer.write(Buffer.alloc(50));
  const hz = start(['hz', '7', '-r', root, '--json', '--limit', '20']);
  const done = finished(hz);
  for (let i = 0; hz.exitCode === null; i++) {
    writer.write(Buffer.alloc(i % 10 === 9 ? 40 : 16));
    await sleep(10);
  }
  const { code, stdout } = await done;
  const found = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(found).toMatchObject({ channel: '7', records: 20, bytes: 18 * 16 + 2 * 40, lost: 0 });
  expect(found.size).toEqual({ min: 16, p50: 16, p99: 40, max: 40 });
  if (MEASURES) expect(found.gapMicros.p50).toBeGreaterThan(1000);
  expect(found.gapMicros.p50).toBeLessThan(found.seconds * 1e6);
  expect(found.recordsPerSecond).toBeCloseTo(20 / found.seconds);
});

test('prints a summary when the channel is closed, and no lines without a terminal', async () => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, { ...RING, timeout: 60_000 });
  const done = finished(start(['hz', '7', '-r', root]));
  await counting(writer, 48);
  writer.close();
  const { code, stdout } = await done;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}channel +7, for .*\n {2}records +[1-5], .*\/s\n {2}payload +\d+ bytes, /);
  expect(stdout).toMatch(/size +min 48, p50 48, p99 48, max 48 bytes\n/);
});

test('reports records that a ring overwrote before they were read', async () => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, { ...RING, timeout: 60_000 });
  const hz = start(['hz', '7', '-r', root, '--json']);
  const done = finished(hz);
  const before = await counting(writer, 16);
  await stop(hz);
  for (let i = 0; i < 500; i++) writer.write(Buffer.alloc(16));
  writer.close();
  hz.kill('SIGCONT');
  const { records, lost } = JSON.parse((await done).stdout);
  expect(records + lost).toBeGreaterThan(500);
  expect(records + lost).toBeLessThanOrEqual(500 + before);
  expect(lost).toBeGreaterThan(400);
});

test('ends after a duration, at a signal and when the writer is dead, each with a summary', async () => {
  const root = memoryFolder();
  using writer = ShmWriter.create(root, LOG);
  writer.write(Buffer.from('old'));
  const timed = await ringwire(['hz', '7', '-r', root, '--json', '-d', '100ms']);
  expect(JSON.parse(timed.stdout)).toMatchObject({ records: 0, size: null });
  expect(JSON.parse(timed.stdout).seconds).toBeGreaterThanOrEqual(0.1);
  expect(timed.code).toBe(0);

  const ring = RingWriter.create(root, { ...RING, channelId: 8, timeout: 300 });
  const interrupted = start(['hz', '8', '-r', root, '--json', '--give-up', 'never']);
  const done = finished(interrupted);
  await seen(ring);
  interrupted.kill('SIGINT');
  const { code, stdout } = await done;
  expect({ code, records: JSON.parse(stdout).records }).toEqual({ code: 130, records: 0 });

  ring.detach();
  const dead = await ringwire(['hz', '8', '-r', root]);
  expect(dead.stdout).toMatch(/records +0/);
  expect(dead.stderr).toMatch(/^ringwire: TIMEOUT: /);
  expect(dead.code).toBe(4);
});

test('waits for a channel with --wait, and fails without one', async () => {
  const root = memoryFolder();
  expect(await ringwire(['hz', '7', '-r', root])).toMatchObject({ code: 2, stdout: '' });
  expect((await ringwire(['hz', '7', '-r', root, '--wait-at-most', '50ms'])).code).toBe(4);
  const hz = start(['hz', '7', '-r', root, '-w', '--limit', '1', '--json']);
  const waiting = finished(hz);
  using writer = RingWriter.create(root, { ...RING, timeout: 60_000 });
  while (hz.exitCode === null) {
    writer.write(Buffer.from('came'));
    await sleep(10);
  }
  expect(JSON.parse((await waiting).stdout)).toMatchObject({ records: 1, bytes: 4 });
});
