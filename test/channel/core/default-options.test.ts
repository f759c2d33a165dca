/** A channel needs an id; every other option has the default of the command line. */
import { describe, expect, it } from 'vitest';
import { JournalWriter, openReader, RingWriter, ShmWriter, TickUnit } from '../../../src/channel/index.js';
import { codeOf } from '../../error-code.js';
import { memoryFolder } from '../../temporary.js';

const writers = [
  ['a log', (root: string) => ShmWriter.create(root, { channelId: 7 }), 262_136],
  ['a ring', (root: string) => RingWriter.open(root, { channelId: 7 }), 4_194_296],
  ['a journal', (root: string) => JournalWriter.open(root, { channelId: 7 }), 262_136],
] as const;

describe.each(writers)('%s made from a channel id alone', (_kind, open, longest) => {
  it('has 32 MiB, a timeout of 10 seconds, nanoseconds and the process id as writer id', () => {
    const root = memoryFolder();
    using writer = open(root);
    expect(writer.header).toMatchObject({
      channelId: 7n,
      writerId: BigInt(process.pid),
      capacity: 32 * 1024 * 1024,
      maxMessageLength: longest,
      timeout: 10_000_000_000n,
      tickUnit: TickUnit.Nanos,
    });
    writer.write(Buffer.from('record'));
    using reader = openReader(root, 7);
    expect(reader.tryRead()?.toString()).toBe('record');
  });
});

it('the default timeout is 10 seconds in the unit that was chosen', () => {
  using writer = ShmWriter.create(memoryFolder(), {
    channelId: 7,
    capacity: 16_384,
    tickUnit: TickUnit.Millis,
  });
  expect(writer.header.timeout).toBe(10_000n);
});

it('a timeout without a unit is refused, since it has no meaning', () => {
  const root = memoryFolder();
  expect(codeOf(() => ShmWriter.create(root, { channelId: 7, timeout: 10 }))).toBe('INVALID_ARGUMENT');
  expect(codeOf(() => RingWriter.create(root, { channelId: 7, timeout: 10 }))).toBe('INVALID_ARGUMENT');
});
