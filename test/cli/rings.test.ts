import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { channelPaths, RingReader, RingWriter, scanChannel } from '../../src/channel/index.js';
import { HEARTBEAT_MARK } from '../../src/channel/ring/ring-record-layout.js';
import { RingProcess } from '../channel/ring/ring-processes.js';
import { RING, ringOfMarks } from '../channel/ring/ring-under-test.js';
import { stop } from '../child.js';
import { memoryFolder } from '../temporary.js';
import { finished, printed, ringwire, start } from './ringwire-command.js';
import { appeared } from './temporary-root.js';

const lines = (count: number, from = 1) => Array.from({ length: count }, (_, i) => `${from + i}\n`).join('');

describe('reading', () => {
  test('cat prints what a ring holds, hundreds of heartbeats between the records or not', async () => {
    const root = memoryFolder();
    using writer = RingWriter.create(root, { ...RING, capacity: 65_536 });
    for (let i = 0; i < 300; i++) writer.heartbeat();
    for (const word of ['one', 'two']) writer.write(Buffer.from(word));
    const { code, stdout } = await ringwire(['cat', '7', '-r', root]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'one\ntwo\n' });
  });

  test('cat ends although the writer never stops', async () => {
    const root = memoryFolder();
    const writer = new RingProcess('restless-writer', { root });
    await writer.ready();
    const { code, stdout, stderr } = await ringwire(['cat', '7', '-r', root, '--format', 'hex']);
    expect(code).toBe(0);
    // A writer that laps the reader leaves no record to print, but a note about the loss.
    expect(stdout === '' ? stderr : 'printed').toMatch(/printed|lapped: \d+ records/);
    await writer.kill();
  });

  test.each(['cat', 'verify', 'stat'])('%s ends on a ring that is full of heartbeats', async (command) => {
    const root = ringOfMarks(HEARTBEAT_MARK);
    const { code, stdout, stderr } = await ringwire([command, '7', '-r', root]);
    expect(`${stdout}${stderr}`).toContain('it lies a lap after the intent');
    expect(code).toBe(1);
  });

  test('tail and record follow a ring that is full of heartbeats to its damage', async () => {
    const root = ringOfMarks(HEARTBEAT_MARK);
    const following = [
      ['tail', '7'],
      ['tail', '7', '--from', 'now'],
      ['record', '7', '-'],
    ];
    for (const [command = '', ...rest] of following) {
      const { code, stderr } = await ringwire([command, ...rest, '-r', root]);
      expect(stderr).toContain('it lies a lap after the intent');
      expect(code).toBe(1);
    }
  });

  test('tail of a back-pressure ring does not block its writer, and reports its loss', async () => {
    const root = memoryFolder();
    using writer = RingWriter.create(root, { ...RING, policy: 'back-pressure', timeout: 60_000 });
    writer.write(Buffer.from('first'));
    const tail = start(['tail', '7', '-r', root]);
    const remarks = finished(tail);
    await printed(tail.stdout, 'first');
    await stop(tail);
    for (let i = 0; i < 500; i++) expect(writer.tryWrite(Buffer.from(`record ${i}`))).toBeGreaterThan(0);
    writer.close();
    tail.kill('SIGCONT');
    const { code, stdout, stderr } = await remarks;
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('record 499');
    const lost = Number(/lapped: (\d+) records/.exec(stderr)?.[1]);
    expect(lost + stdout.trimEnd().split('\n').length).toBe(501);
  });
});

describe('write --ring', () => {
  test('creates a ring, and resumes it the next time: readers see one stream and a new epoch', async () => {
    const root = memoryFolder();
    const write = (input: string, ...more: string[]) =>
      ringwire(['write', '7', '-r', root, '--ring', '-c', '64K', '--json', ...more], { input });
    expect(JSON.parse((await write(lines(3))).stdout)).toMatchObject({
      records: 3,
      epoch: 0,
      complete: true,
    });
    expect(JSON.parse((await write(lines(2, 4))).stdout)).toMatchObject({
      records: 2,
      epoch: 1,
      position: 88,
    });
    expect(scanChannel(root, 7)).toMatchObject({
      kind: 'ring',
      state: 'dead',
      end: 'open',
      records: 5,
      header: { capacity: 65_536, maxMessageLength: 8184, policy: 'overwrite' },
      ring: { epoch: 1, sequence: 5 },
    });
    // --resume without --ring knows a ring, too.
    const resumed = await ringwire(['write', '7', '-r', root, '--resume', '--json'], { input: '6\n' });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ epoch: 2 });
    expect((await write('7\n', '--close')).code).toBe(0);
    expect(await ringwire(['tail', '7', '-r', root])).toMatchObject({ code: 0, stdout: lines(7) });
    const closed = await write('8\n');
    expect(closed.stderr).toContain('"CLOSED"');
    expect(closed.code).toBe(2);
  });

  test('overwrites the oldest records', async () => {
    const root = memoryFolder();
    const { code } = await ringwire(['write', '7', '-r', root, '--ring', '-c', '1K'], { input: lines(5000) });
    expect(code).toBe(0);
    const { stdout } = await ringwire(['cat', '7', '-r', root]);
    const kept = stdout.trimEnd().split('\n');
    expect(kept.length).toBeGreaterThan(30);
    expect(kept.length).toBeLessThan(64);
    expect(`${kept.join('\n')}\n`).toBe(lines(kept.length, 5001 - kept.length));
  });

  test.each(['lines', 'length-prefixed', 'fixed', 'chunks'])(
    'waits for a registered reader with back pressure, and loses nothing (%s)',
    async (framing) => {
      const root = memoryFolder();
      const options = ['--ring', '--policy', 'back-pressure', '-c', '2K', '--framing', framing, '--close'];
      if (framing === 'fixed') options.push('--size', '8');
      const writer = start(['write', '7', '-r', root, ...options]);
      const done = finished(writer);
      const records = Array.from({ length: 4000 }, (_, i) => Buffer.from(String(10_000_000 + i)));
      await appeared(() => existsSync(channelPaths(root, 7).file));
      using reader = await RingReader.waitFor(root, 7, { name: 'slow' });
      for (const record of records) {
        if (framing === 'length-prefixed') writer.stdin.write(Buffer.from([8, 0, 0, 0]));
        writer.stdin.write(framing === 'lines' ? `${record}\n` : record);
      }
      writer.stdin.end();
      let all = '';
      for await (const record of reader.records()) {
        all += record.toString();
        if (all.length % 80_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(reader.endReason?.code).toBe('CLOSED');
      expect(all).toBe(records.join(''));
      expect((await done).code).toBe(0);
    },
  );

  test('a signal ends it during a wait, and the ring stays open', async () => {
    const root = memoryFolder();
    RingWriter.create(root, { ...RING, policy: 'back-pressure' }).detach();
    using _reader = RingReader.open(root, 7);
    const writer = start(['write', '7', '-r', root, '--ring', '--json']);
    const done = finished(writer);
    writer.stdin.on('error', () => {});
    writer.stdin.write(lines(1000));
    await appeared(() => isFull(root));
    writer.kill('SIGTERM');
    const { code, stdout } = await done;
    expect(code).toBe(143);
    const { records, complete } = JSON.parse(stdout);
    expect(complete).toBe(false);
    expect(scanChannel(root, 7)).toMatchObject({ state: 'dead', end: 'open', ring: { sequence: records } });
  });

  test('a stuck reader causes an error or is evicted, as --stuck-reader says', async () => {
    const root = memoryFolder();
    const stuck = { ...RING, policy: 'back-pressure', stuckAfterMs: 50 } as const;
    RingWriter.create(root, { ...stuck, stuckReader: 'fail' }).detach();
    RingWriter.create(root, { ...stuck, stuckReader: 'evict', channelId: 8 }).detach();
    using _failing = RingReader.open(root, 7, { name: 'sleeper' });
    using evicted = RingReader.open(root, 8);
    const failed = await ringwire(['write', '7', '-r', root, '--ring'], { input: lines(1000) });
    expect(failed.stderr).toMatch(
      /^ringwire: BACK_PRESSURED: .*blocked by a stuck reader.*records, the first \d+ bytes/,
    );
    expect(failed.code).toBe(3);
    expect((await ringwire(['write', '8', '-r', root, '--ring'], { input: lines(1000) })).code).toBe(0);
    expect(() => evicted.tryRead()).toThrow(expect.objectContaining({ code: 'EVICTED' }));
  });

  test('refuses a live writer, a log, and options of a ring without --ring', async () => {
    const root = memoryFolder();
    using _writer = RingWriter.create(root, RING);
    expect((await ringwire(['write', '7', '-r', root, '--ring'])).code).toBe(5);
    await ringwire(['write', '8', '-r', root], { input: 'a log\n' });
    expect((await ringwire(['write', '8', '-r', root, '--ring'])).code).toBe(2);
    for (const option of [['--close'], ['--policy', 'overwrite'], ['--stuck-after', '1s']]) {
      const { code, stderr } = await ringwire(['write', '9', '-r', root, ...option]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("needs '--ring'") });
    }
  });

  test('prints a note when an existing ring has another capacity or policy', async () => {
    const root = memoryFolder();
    RingWriter.create(root, RING).detach();
    const { stderr, code } = await ringwire([
      'write',
      '7',
      '-r',
      root,
      '--ring',
      '--policy',
      'back-pressure',
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'ringwire: channel 7 exists and keeps its policy and capacity: overwrite, 1 KiB\n',
    });
  });
});

describe('queries', () => {
  test('stat lists the readers of a ring with slot, process, name and lag', async () => {
    const root = memoryFolder();
    using writer = RingWriter.create(root, { ...RING, policy: 'back-pressure' });
    using reader = RingReader.open(root, 7, { name: 'a\u001b[31mred' });
    for (const word of ['one', 'two', 'three']) writer.write(Buffer.from(word));
    reader.tryRead();
    const { stdout } = await ringwire(['stat', '7', '-r', root]);
    expect(stdout).toMatch(/policy +back-pressure, waits for readers without limit/);
    expect(stdout).toMatch(/epoch +0/);
    expect(stdout).toMatch(/slot +pid +name +state +position +lag +of the capacity +laps +lost/);
    // A name cannot steer the terminal.
    expect(stdout).toMatch(
      new RegExp(`0 +${process.pid} +a·\\[31mred +active +16 +32 bytes +█░+ +3\\.1 % +0 +0\n`),
    );
    const table = await ringwire(['ls', '-r', root]);
    expect(table.stdout).toMatch(/7 +ring +alive +3 +3\.1 % +\d+ KiB +\d+[smhd] +1 /);
  });

  test('stat shows a tail that was lapped', async () => {
    const root = memoryFolder();
    using writer = RingWriter.create(root, { ...RING, timeout: 60_000 });
    writer.write(Buffer.from('first'));
    const tail = start(['tail', '7', '-r', root]);
    const done = finished(tail);
    await printed(tail.stdout, 'first');
    await stop(tail);
    for (let i = 0; i < 200; i++) writer.write(Buffer.from('a record'));
    tail.kill('SIGCONT');
    await appeared(() => writer.readers.some(({ laps }) => laps > 0));
    const stat = JSON.parse((await ringwire(['stat', '7', '-r', root, '--json'])).stdout);
    const [reader] = stat.ring.readers;
    expect(reader).toMatchObject({ name: 'ringwire tail', pid: tail.pid, state: 'observing', laps: 1 });
    expect(reader.lost).toBeGreaterThan(100);
    writer.close();
    expect((await done).stderr).toContain(`lapped: ${reader.lost} records`);
  });

  test('verify reports whether a ring is sound', async () => {
    const root = memoryFolder();
    const writer = RingWriter.create(root, RING);
    for (const word of ['one', 'two', 'three']) writer.write(Buffer.from(word));
    const sound = await ringwire(['verify', '7', '-r', root, '--json']);
    expect(JSON.parse(sound.stdout)).toMatchObject({ verdict: 'sound', kind: 'ring', records: 3 });
    expect(sound.code).toBe(0);
    writer.close();
    const fd = openSync(channelPaths(root, 7).file, 'r+');
    writeSync(fd, Buffer.alloc(4, 0x77), 0, 4, 12_288 + 16);
    closeSync(fd);
    const damaged = await ringwire(['verify', '7', '-r', root]);
    expect(damaged.stdout).toMatch(/verdict +damaged/);
    expect(damaged.stdout).toMatch(/records +1, 3 bytes/);
    expect(damaged.code).toBe(1);
    expect((await ringwire(['stat', '7', '-r', root])).code).toBe(1);
    const recover = await ringwire(['recover', '7', '-r', root]);
    expect(recover).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is a ring, and needs no recovery'),
    });
  });
});

function isFull(root: string): boolean {
  using reader = RingReader.open(root, 7, { observe: true, from: 'newest' });
  return reader.position > RING.capacity - 100;
}
