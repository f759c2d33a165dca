import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  type ChannelHeader,
  JournalReader,
  JournalWriter,
  RingReader,
  RingWriter,
  ShmReader,
  ShmWriter,
  verifyChannel,
} from '../../src/channel/index.js';
import { EntryKind, encodeRecordingHeader, sealEntry } from '../../src/recording/recording-layout.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { run, stop } from '../child.js';
import { memoryFolder } from '../temporary.js';
import { finished, MAIN, ringwire, start } from './ringwire-command.js';
import { appeared } from './temporary-root.js';

const LIVE = { ...RING, capacity: 65_536, maxMessageLength: 1000, timeout: 60_000 };
const BIG = { ...RING, capacity: 1 << 20, maxMessageLength: 1000, timeout: 60_000 };

/** The records of a recording, and when each came. */
async function contents(file: string): Promise<{ millis: number; text: string }[]> {
  using recording = await RecordingReader.open(file);
  const records: { millis: number; text: string }[] = [];
  for (let entry = await recording.next(); entry !== null; entry = await recording.next()) {
    const text = entry.kind === 'record' ? String(entry.body) : `lost ${entry.loss.records}`;
    records.push({ millis: entry.nanos / 1e6, text });
  }
  return records;
}

/** Waits until the recorder has everything that was written so far. */
function recorder(writer: RingWriter): Promise<void> {
  return appeared(() =>
    writer.readers.some(
      ({ name, position }) => name === 'ringwire record' && position === writer.writeOffset,
    ),
  );
}

test('replay restores kind, capacity, records and end of a log and a ring', async () => {
  const root = memoryFolder();
  const records = Array.from({ length: 5000 }, (_, i) => Buffer.alloc(1 + (i % 300), i));
  const log = ShmWriter.create(root, { ...BIG, channelId: 1 });
  const ring = RingWriter.create(root, { ...BIG, channelId: 2, policy: 'back-pressure', capacity: 1 << 21 });
  for (const writer of [log, ring]) {
    for (const record of records) writer.write(record);
    writer.close();
  }
  for (const [source, target] of [
    ['1', '11'],
    ['2', '12'],
  ] as const) {
    const file = path.join(root, `${source}.recording`);
    const recorded = await ringwire(['record', source, file, '-r', root, '--json']);
    expect(JSON.parse(recorded.stdout)).toMatchObject({ records: 5000, lost: 0, end: 'closed' });
    expect(recorded.code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const replayed = await ringwire(['replay', file, target, '-r', root, '--speed', 'max', '--json']);
    expect(JSON.parse(replayed.stdout)).toMatchObject({ records: 5000, complete: true, end: 'closed' });
    expect(replayed.code).toBe(0);
    const {
      kind,
      records: count,
      payloadBytes,
      lastRecord,
      position,
      end,
      header,
    } = verifyChannel(root, Number(source));
    const { writerId: _w, channelId: _c, creationTime: _t, ...shape } = header as ChannelHeader;
    const after = verifyChannel(root, Number(target));
    expect(after).toMatchObject({
      kind,
      records: count,
      payloadBytes,
      lastRecord,
      position,
      end,
      header: shape,
    });
    using reader = source === '1' ? ShmReader.open(root, 11) : RingReader.open(root, 12);
    for (const record of records) expect(reader.tryRead()?.equals(record)).toBe(true);
  }
});

test('a journal is recorded across its segments, and replayed as a journal', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  const journal = JournalWriter.open(root, { ...BIG, capacity: 16_384, maxMessageLength: 100, channelId: 1 });
  for (let i = 0; i < 2000; i++) journal.write(Buffer.from(`record ${i}`));
  journal.close();
  const recorded = await ringwire(['record', '1', file, '-r', root, '--json', '--limit', '2000']);
  expect(JSON.parse(recorded.stdout)).toMatchObject({ records: 2000, lost: 0 });
  expect((await ringwire(['replay', file, '2', '-r', root, '--speed', 'max'])).code).toBe(0);
  using reader = JournalReader.open(root, 2);
  expect(reader.header.capacity).toBe(16_384);
  for (let i = 0; i < 2000; i++) expect(reader.tryRead()?.toString()).toBe(`record ${i}`);
});

test('a record is recorded with its arrival time', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  const writer = RingWriter.create(root, LIVE);
  const done = finished(start(['record', '7', file, '-r', root]));
  await recorder(writer);
  const written: number[] = [];
  for (const word of ['one', 'two', 'three', 'four']) {
    written.push(Date.now());
    writer.write(Buffer.from(word));
    await sleep(50);
  }
  writer.close();
  expect((await done).code).toBe(0);
  const recorded = await contents(file);
  expect(recorded.map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four']);
  using recording = await RecordingReader.open(file);
  const began = Number(recording.header.start / 1_000_000n);
  // The clock of the test has whole milliseconds.
  for (const [i, { millis }] of recorded.entries()) {
    expect(began + millis).toBeGreaterThanOrEqual((written[i] as number) - 2);
    expect(began + millis).toBeLessThan(Date.now() + 2);
  }
});

test('replay is never early, and follows --speed', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  const pieces = [
    encodeRecordingHeader({ start: 0n, channel: RingWriter.create(root, LIVE).header, journal: false }),
  ];
  for (const [text, millis] of [
    ['one', 60_000],
    ['two', 60_100],
    ['three', 60_450],
  ] as const) {
    const entry = Buffer.alloc(20 + text.length);
    entry.write(text, 20);
    sealEntry(entry, 0, EntryKind.Record, millis * 1e6, text.length);
    pieces.push(entry);
  }
  writeFileSync(file, Buffer.concat(pieces));
  for (const [id, speed, least] of [
    ['1', '1', 0.45],
    ['2', '3', 0.15],
    ['3', '0.5', 0.9],
    ['4', 'max', 0],
  ] as const) {
    const { stdout } = await ringwire(['replay', file, id, '-r', root, '--speed', speed, '--json']);
    const { seconds, records } = JSON.parse(stdout);
    expect(records).toBe(3);
    // The 60 s of silence before the first record are left out.
    expect(seconds).toBeLessThan(60);
    expect(seconds).toBeGreaterThanOrEqual(least);
  }
});

test('records that a ring overwrote are marked at their place', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  const writer = RingWriter.create(root, { ...RING, timeout: 60_000 });
  writer.write(Buffer.from('first'));
  const record = start(['record', '7', file, '-r', root, '--json']);
  const done = finished(record);
  await recorder(writer);
  await stop(record);
  for (let i = 0; i < 500; i++) writer.write(Buffer.from(`record ${i}`));
  writer.close();
  record.kill('SIGCONT');
  const told = JSON.parse((await done).stdout);
  const recorded = (await contents(file)).map(({ text }) => text);
  expect(recorded.slice(0, 2)).toEqual(['first', `lost ${told.lost}`]);
  expect(recorded[2]).toBe(`record ${told.lost}`);
  expect(recorded.at(-1)).toBe('record 499');
  expect(told).toMatchObject({ laps: 1, records: 501 - told.lost });
  const replayed = await ringwire(['replay', file, '8', '-r', root]);
  expect(replayed.stdout).toMatch(new RegExp(`lost +${told.lost} records, lapped 1 times`));
});

test('with --hold the writer of a back-pressure ring waits for the recorder', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  const writer = RingWriter.create(root, { ...RING, policy: 'back-pressure', timeout: 60_000 });
  const record = start(['record', '7', file, '-r', root, '--hold']);
  const done = finished(record);
  await recorder(writer);
  expect(writer.readers).toMatchObject([{ state: 'active', pid: record.pid }]);
  for (let i = 0; i < 3000; ) {
    if (writer.tryWrite(Buffer.from(`record ${i}`)) > 0) i++;
    else await sleep(1);
  }
  writer.close();
  expect((await done).code).toBe(0);
  const recorded = (await contents(file)).map(({ text }) => text);
  expect(recorded).toEqual(Array.from({ length: 3000 }, (_, i) => `record ${i}`));
});

test('replay restores the records of a killed recorder, and notes the missing end', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  using writer = RingWriter.create(root, LIVE);
  const record = start(['record', '7', file, '-r', root]);
  const done = finished(record);
  await recorder(writer);
  for (let i = 0; i < 100; i++) writer.write(Buffer.from(`record ${i}`));
  await appeared(() => existsSync(file) && readFileSync(file).includes('record 99'));
  record.kill('SIGKILL');
  await done;
  expect(await contents(file)).toHaveLength(100);
  const { code, stderr } = await ringwire(['replay', file, '8', '-r', root]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/has no end, because its recorder was killed/),
  });
  expect((await ringwire(['cat', '8', '-r', root])).stdout.split('\n')[99]).toBe('record 99');
});

test('damage ends a replay with 1, after all sound records', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  await ringwire(['write', '1', '-r', root, '-c', '64K'], { input: 'one\ntwo\nthree\n' });
  await ringwire(['record', '1', file, '-r', root]);
  const bytes = readFileSync(file);
  bytes.write('TWO', bytes.indexOf('two'));
  writeFileSync(file, bytes);
  const { code, stderr } = await ringwire(['replay', file, '2', '-r', root]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^ringwire: CHECKSUM_MISMATCH: /),
  });
  expect((await ringwire(['cat', '2', '-r', root])).stdout).toBe('one\n');
  writeFileSync(file, 'no recording');
  expect((await ringwire(['replay', file, '3', '-r', root])).code).toBe(1);
  expect((await ringwire(['replay', path.join(root, 'none'), '3', '-r', root])).code).toBe(2);
});

test('record ends after --limit, after --duration, at a signal, and when the writer is dead', async () => {
  const root = memoryFolder();
  const file = (name: string) => path.join(root, name);
  const writer = RingWriter.create(root, { ...LIVE, timeout: 300 });
  for (const word of ['one', 'two', 'three']) writer.write(Buffer.from(word));
  const record = (name: string, ...more: string[]) =>
    ringwire(['record', '7', file(name), '-r', root, '--json', ...more]);
  const counted = await record('counted', '--limit', '2');
  expect(JSON.parse(counted.stdout)).toMatchObject({ records: 2, end: 'stopped' });
  const timed = await record('timed', '-d', '50ms', '--from', '16');
  expect(JSON.parse(timed.stdout)).toMatchObject({ records: 2, end: 'stopped' });
  expect(timed.code).toBe(0);

  const interrupted = start(['record', '7', file('interrupted'), '-r', root, '--give-up', 'never']);
  const done = finished(interrupted);
  await recorder(writer);
  interrupted.kill('SIGINT');
  const { code, stdout } = await done;
  expect({ code, stdout }).toEqual({
    code: 130,
    stdout: expect.stringMatching(/recorded +3 records.*\n +end +stopped/),
  });

  writer.detach();
  const dead = await record('dead');
  expect(JSON.parse(dead.stdout)).toMatchObject({ records: 3, end: 'writer gone' });
  expect(dead.code).toBe(4);
  for (const name of ['counted', 'timed', 'interrupted', 'dead']) {
    using recording = await RecordingReader.open(file(name));
    while ((await recording.next()) !== null);
    expect(recording.end).not.toBeNull();
  }
});

test('an existing file is not replaced without --force, and a full disk is reported as one error', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  const input = 'x'.repeat(500).concat('\n').repeat(1000);
  await ringwire(['write', '1', '-r', root, '-c', '1M'], { input });
  writeFileSync(file, 'precious');
  const refused = await ringwire(['record', '1', file, '-r', root]);
  expect(refused).toMatchObject({ code: 5, stdout: '' });
  expect(readFileSync(file, 'utf8')).toBe('precious');
  expect((await ringwire(['record', '1', file, '-r', root, '--force'])).code).toBe(0);
  expect(await contents(file)).toHaveLength(1000);
  const small = path.join(root, 'small');
  const limited = `ulimit -f 100; exec ${process.execPath} ${MAIN} record 1 ${small} -r ${root}`;
  expect(await run('bash', ['-c', limited])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^ringwire: NO_SPACE: /),
  });
  // What fitted can be replayed.
  expect((await contents(small)).length).toBeGreaterThan(50);
});

test('a pipe carries a recording from one channel to another', async () => {
  const root = memoryFolder();
  await ringwire(['write', '1', '-r', root, '-c', '64K'], { input: 'one\ntwo\n' });
  const command = `${process.execPath} ${MAIN}`;
  const line = `${command} record 1 - -r ${root} | ${command} replay - 2 -r ${root} --ring --json`;
  const { stdout, stderr, code } = await run('bash', ['-o', 'pipefail', '-c', line]);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ file: '-', records: 2, end: 'closed' });
  expect(await ringwire(['tail', '2', '-r', root])).toMatchObject({ code: 0, stdout: 'one\ntwo\n' });
  expect((await ringwire(['record', '1', '-', '-r', root, '--json'])).code).toBe(2);
});

test('replay waits for registered readers, and a signal ends it', async () => {
  const root = memoryFolder();
  const file = path.join(root, 'recording');
  const writer = RingWriter.create(root, { ...RING, policy: 'back-pressure' });
  for (let i = 0; i < 30; i++) writer.write(Buffer.from(`record ${i}`));
  writer.detach();
  await ringwire(['record', '7', file, '-r', root, '--give-up', 'late', '-d', '50ms']);
  RingWriter.create(root, { ...RING, channelId: 8, policy: 'back-pressure' }).detach();
  using reader = RingReader.open(root, 8);
  for (const name of ['first', 'second']) {
    const replay = start(['replay', file, '8', '-r', root, '--speed', 'max', '--json']);
    const done = finished(replay);
    if (name === 'first') {
      expect(JSON.parse((await done).stdout)).toMatchObject({ records: 30, complete: true });
      continue;
    }
    await appeared(() => isHeld(root));
    replay.kill('SIGINT');
    const { code, stdout } = await done;
    expect(code).toBe(130);
    expect(JSON.parse(stdout).complete).toBe(false);
  }
  expect(reader.tryRead()?.toString()).toBe('record 0');
});

function isHeld(root: string): boolean {
  using reader = RingReader.open(root, 8, { observe: true, from: 'newest' });
  return reader.position > RING.capacity - 100;
}
