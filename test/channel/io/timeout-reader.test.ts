import { expect, test } from 'vitest';
import { ShmReader, ShmWriter, TickUnit, TimeoutReader } from '../../../src/channel/index.js';
import { ManualClock } from '../../../src/platform/index.js';
import { temporaryFolder } from '../../temporary.js';
import { CHANNEL, EXAMPLE } from '../log/example-channel.js';

/** A channel with a timeout of 30 seconds, read with a timeout of 50 milliseconds. */
function open(options: { ownTimeout?: boolean } = {}) {
  const root = temporaryFolder();
  const clock = new ManualClock(1_000_000_000_000_000_000n);
  const writer = ShmWriter.create(root, EXAMPLE);
  const reader = new TimeoutReader(
    ShmReader.open(root, CHANNEL, { clock }),
    options.ownTimeout ? { clock } : { clock, timeout: 50, tickUnit: TickUnit.Millis },
  );
  return { clock, writer, reader };
}

const poll = (reader: TimeoutReader) => reader.poll(() => {});

test('the timer starts at the first empty read, and reports its expiration as Unix time in its own ticks', () => {
  const { clock, writer, reader } = open();
  clock.advance(1000);
  expect(poll(reader)).toBe(0);
  clock.advance(49);
  expect(poll(reader)).toBe(0);
  expect(reader.endReason).toBe(null);
  clock.advance(1);
  expect(poll(reader)).toBe(0);
  expect(reader.endReason).toMatchObject({
    code: 'TIMEOUT',
    expiration: 1_000_000_001_050n,
    writer: 'late',
  });
  writer.close();
});

test('a record or a heartbeat stops the timer', () => {
  const { clock, writer, reader } = open();
  for (let i = 0; i < 5; i++) {
    poll(reader);
    clock.advance(40);
    if (i % 2 === 0) writer.heartbeat();
    else writer.write(Buffer.from('x'));
    poll(reader);
    clock.advance(40);
  }
  expect(reader.endReason).toBe(null);
  expect(reader.heartbeats).toBe(3);
  writer.close();
});

test('after the timeout the reader delivers no later record until it is moved', () => {
  const { clock, writer, reader } = open();
  expect(reader.tryRead()).toBe(null);
  clock.advance(50);
  expect(reader.tryRead()).toBe(null);
  writer.write(Buffer.from('too late'));
  expect(reader.tryRead()).toBe(null);
  expect(poll(reader)).toBe(0);
  expect(reader.position).toBe(0);
  expect(reader.endReason?.code).toBe('TIMEOUT');
  reader.moveTo(0);
  expect(reader.tryRead()?.toString()).toBe('too late');
  writer.close();
});

test('a jump of the wall clock causes no timeout', () => {
  const { clock, writer, reader } = open();
  poll(reader);
  clock.setUnixNanos(5_000_000_000_000_000_000n);
  poll(reader);
  expect(reader.endReason).toBe(null);
  writer.close();
});

test('uses the timeout of the channel by default', () => {
  const { clock, writer, reader } = open({ ownTimeout: true });
  poll(reader);
  clock.advance(29_999);
  poll(reader);
  expect(reader.endReason).toBe(null);
  clock.advance(1);
  poll(reader);
  expect(reader.endReason?.code).toBe('TIMEOUT');
  writer.close();
});

test('a timeout of the inner reader does not end it, and 2^64-1 means never', () => {
  const root = temporaryFolder();
  const clock = new ManualClock();
  const writer = ShmWriter.create(root, EXAMPLE);
  const inner = ShmReader.open(root, CHANNEL, { clock });
  const reader = new TimeoutReader(inner, { clock, timeout: 0xffff_ffff_ffff_ffffn });
  poll(reader);
  clock.advance(60_000);
  poll(reader);
  expect(inner.endReason?.code).toBe('TIMEOUT');
  expect(reader.endReason).toBe(null);
  writer.write(Buffer.from('x'));
  expect(poll(reader)).toBe(1);
  writer.close();
  poll(reader);
  expect(reader.endReason?.code).toBe('CLOSED');
});

test('an iteration fails at the timeout', async () => {
  const root = temporaryFolder();
  using writer = ShmWriter.create(root, EXAMPLE);
  writer.write(Buffer.from('x'));
  using reader = new TimeoutReader(ShmReader.open(root, CHANNEL), {
    timeout: 30,
    tickUnit: TickUnit.Millis,
  });
  let count = 0;
  await expect(async () => {
    for await (const _ of reader.records()) count++;
  }).rejects.toMatchObject({ code: 'TIMEOUT', final: true });
  expect(count).toBe(1);
  expect(reader.endReason?.code).toBe('TIMEOUT');
});
