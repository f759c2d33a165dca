/** Timeouts of readers, on a clock that the test controls: a late writer is not a dead one. */
import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ShmReader, ShmWriter, TickUnit, type TimeoutPolicy } from '../../../src/channel/index.js';
import { availableBackends, ManualClock } from '../../../src/platform/index.js';
import { drain, text } from '../../writer-and-reader.js';
import { OPTIONS, openChannel } from '../channel-under-test.js';

const START = 1_700_000_000_000n;

describe.each(availableBackends())('the timeout of a reader with %s', (backend) => {
  const timed = (
    timeout: TimeoutPolicy = 'plain',
    ticks: bigint | number = 1000,
    tickUnit: TickUnit = TickUnit.Millis,
  ) => {
    const clock = new ManualClock();
    const channel = openChannel({ backend, timeout: ticks, tickUnit, clock }, { clock, timeout });
    const poll = () => drain(channel.reader).join();
    return { ...channel, clock, poll, [Symbol.dispose]: channel[Symbol.dispose] };
  };

  it('starts at the first empty poll and reports its expiration', () => {
    using it = timed();
    it.clock.advance(5000);
    it.poll();
    expect(it.reader.endReason).toBeNull();
    it.clock.advance(999);
    it.poll();
    expect(it.reader.endReason).toBeNull();
    it.clock.advance(1);
    it.poll();
    expect(it.reader.endReason).toMatchObject({ code: 'TIMEOUT', writer: 'late', expiration: START + 6000n });
    it.clock.advance(10_000);
    it.poll();
    expect(it.reader.endReason).toMatchObject({ expiration: START + 6000n });
  });

  it('reports the time of the expiration, not of the poll that detected it', () => {
    using it = timed('plain', 7, TickUnit.Secs);
    it.poll();
    it.clock.advance(60_500);
    it.poll();
    expect(it.reader.endReason?.expiration).toBe(1_700_000_007n);
  });

  it.each(['tryRead', 'poll of one', 'poll', 'read', 'heartbeat', 'throwing handler'])(
    'restarts after: %s',
    (what) => {
      using it = timed();
      it.poll();
      it.clock.advance(900);
      if (what === 'heartbeat') it.writer.heartbeat();
      else it.writer.write(text('a'));
      if (what === 'tryRead') expect(it.reader.tryRead()?.toString()).toBe('a');
      else if (what === 'poll of one') expect(drain(it.reader, 1)).toEqual(['a']);
      else if (what === 'read') expect(it.reader.read(() => {}, 1)).toBe(16);
      else if (what === 'throwing handler') {
        expect(() =>
          it.reader.poll(() => {
            throw new Error('boom');
          }),
        ).toThrow('boom');
      } else it.poll();
      it.clock.advance(900);
      it.poll();
      expect(it.reader.endReason).toBeNull();
      it.clock.advance(1000);
      it.poll();
      expect(it.reader.endReason?.code).toBe('TIMEOUT');
    },
  );

  it('is withdrawn with the policy plain when the writer writes again', () => {
    using it = timed('plain');
    it.poll();
    it.clock.advance(1000);
    it.poll();
    expect(it.reader.endReason?.code).toBe('TIMEOUT');
    it.writer.write(text('back'));
    expect(it.reader.tryRead()?.toString()).toBe('back');
    expect(it.reader.endReason).toBeNull();
    it.poll();
    it.clock.advance(1000);
    expect(() => it.reader.read(() => {}, 1)).toThrowError(
      expect.objectContaining({ code: 'TIMEOUT', bytesRead: 0 }),
    );
  });

  it('ends the channel with the policy final', () => {
    using it = timed('final');
    it.poll();
    it.clock.advance(1000);
    it.poll();
    it.writer.write(text('too late'));
    expect(it.poll()).toBe('');
    expect(it.reader.tryRead()).toBeNull();
    expect(() => it.reader.read(() => {}, 1)).toThrowError(expect.objectContaining({ code: 'TIMEOUT' }));
    expect(it.reader.endReason?.code).toBe('TIMEOUT');
    it.reader.moveTo(0);
    expect(it.poll()).toBe('too late');
  });

  it.each([
    ['no timeout is requested', 'never', 0n, TickUnit.Secs],
    ['it is 2^64-1 seconds', 'plain', 2n ** 64n - 1n, TickUnit.Secs],
    ['it is 2^64-1 nanoseconds', 'plain', 2n ** 64n - 1n, TickUnit.Nanos],
  ] as const)('never comes when %s', (_why, policy, ticks, unit) => {
    using it = timed(policy, ticks, unit);
    it.poll();
    it.clock.advance(1e14);
    it.poll();
    it.poll();
    expect(it.reader.endReason).toBeNull();
  });

  it('of 0 is reported at the second empty poll', () => {
    using it = timed('plain', 0);
    it.poll();
    expect(it.reader.endReason).toBeNull();
    it.poll();
    expect(it.reader.endReason?.code).toBe('TIMEOUT');
  });

  it('is not affected by jumps of the wall clock', () => {
    using it = timed();
    it.poll();
    it.clock.setUnixNanos(9_000_000_000_000_000_000n);
    it.poll();
    expect(it.reader.endReason).toBeNull();
    it.clock.setUnixNanos(0n);
    it.clock.advance(999);
    it.poll();
    expect(it.reader.endReason).toBeNull();
    it.clock.advance(1);
    it.poll();
    expect(it.reader.endReason?.code).toBe('TIMEOUT');
  });

  it('restarts after moveTo', () => {
    using it = timed();
    it.writer.write(text('a'));
    it.writer.write(text('b'));
    it.clock.advance(5000);
    expect(() => it.reader.moveTo(8000)).toThrowError(expect.objectContaining({ code: 'INVALID_POSITION' }));
    it.clock.advance(5000);
    it.reader.moveTo(16);
    expect(it.reader.endReason).toBeNull();
    expect(it.poll()).toBe('b');
  });

  it('distinguishes a dead, a late and an unknown writer', () => {
    using it = timed();
    const copy = `${it.root}/copy`;
    fs.mkdirSync(`${copy}/0000_0000`, { recursive: true });
    const image = fs.readFileSync(it.writer.path);
    fs.writeFileSync(`${copy}/0000_0000/0000_0009.kekbit`, image);
    const expire = (root: string) => {
      using reader = ShmReader.open(root, 9, { backend, clock: it.clock });
      reader.poll(() => {});
      it.clock.advance(1000);
      reader.poll(() => {});
      return reader.endReason?.writer;
    };
    expect(expire(it.root)).toBe('late');
    expect(expire(copy)).toBe('dead');
    fs.writeFileSync(`${copy}/0000_0000/0000_0009.kekbit`, image.subarray(0, 16_384 + 160));
    expect(expire(copy)).toBe('unknown');
  });

  it('does not hide damage after heartbeats', async () => {
    using it = timed('never');
    it.writer.heartbeat();
    const fd = fs.openSync(it.writer.path, 'r+');
    fs.writeSync(fd, Buffer.from('ffffffff22222222', 'hex'), 0, 8, 1024 + 8);
    fs.closeSync(fd);
    await expect(async () => {
      for await (const _ of it.reader.records());
    }).rejects.toMatchObject({ code: 'CORRUPT_CHANNEL', position: 8 });
    expect(it.reader.endReason?.code).toBe('CORRUPT_CHANNEL');
  });
});

it('a second close of a writer does nothing, and later calls are refused', () => {
  using channel = openChannel();
  const { writer } = channel;
  writer.close();
  writer.close();
  expect(writer.buffer.length).toBe(0);
  expect(writer.available).toBe(0);
  expect(writer.tryWrite(text('a'))).toBe(-4);
  expect(writer.tryClaim(1)).toBe(-4);
  for (const refused of [
    () => writer.write(text('a')),
    () => writer.heartbeat(),
    () => writer.writeBatch([text('a')]),
    () => writer.flush(),
  ]) {
    expect(refused).toThrowError(expect.objectContaining({ code: 'CLOSED' }));
  }
  expect(drain(channel.reader)).toEqual([]);
  expect(channel.reader.endReason?.code).toBe('CLOSED');
  expect(() => ShmWriter.create(channel.root, OPTIONS)).toThrowError(
    expect.objectContaining({ code: 'STORAGE_ALREADY_EXISTS' }),
  );
});
