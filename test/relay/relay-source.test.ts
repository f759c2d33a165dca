/** The source of a relay, whose records can be sent again until they are confirmed. */
import { expect, it } from 'vitest';
import { RingReader, RingWriter, TickUnit } from '../../src/index.js';
import { RelaySource } from '../../src/relay/relay-source.js';
import { memoryFolder } from '../temporary.js';

/** A full ring that waits for its readers, and the source of a relay over it that has confirmed `confirmed` records. */
function fullRing(confirmed: number) {
  const root = memoryFolder();
  const writer = RingWriter.create(root, {
    writerId: 1,
    channelId: 7,
    capacity: 4096,
    maxMessageLength: 56,
    timeout: 1000,
    tickUnit: TickUnit.Millis,
    policy: 'back-pressure',
  });
  const source = RelaySource.open(root, 7);
  const fillUp = () => {
    while (writer.tryWrite(Buffer.alloc(56, writer.sequence)) > 0);
  };
  fillUp();
  source.confirm(confirmed);
  fillUp();
  const close = () => {
    source[Symbol.dispose]();
    writer.detach();
  };
  return { root, writer, source, [Symbol.dispose]: close };
}

function sequences(source: RelaySource, limit = 1_000_000): number[] {
  const found: number[] = [];
  source.poll((buffer, offset, _length, sequence) => {
    expect(buffer[offset]).toBe(sequence & 0xff);
    found.push(sequence);
  }, limit);
  return found;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

it('sends every unconfirmed record of a full ring again', () => {
  using ring = fullRing(10);
  const { writer, source } = ring;
  for (let again = 0; again < 3; again++) {
    expect(sequences(source)).toEqual(numbers(10, writer.sequence));
    source.goTo(source.confirmed);
  }
});

it('goes on after the records that are confirmed while they are sent again', () => {
  using ring = fullRing(10);
  const { writer, source } = ring;
  sequences(source);
  source.goTo(10);
  expect(sequences(source, 5)).toEqual(numbers(10, 15));
  source.confirm(20);
  expect(sequences(source)).toEqual(numbers(20, writer.sequence));
});

it('keeps every record from the confirmed one on when a new receiver has fewer than the ring holds', () => {
  using ring = fullRing(10);
  const { writer, source } = ring;
  source.goTo(0);
  expect(source.confirmed).toBe(10);
  expect(sequences(source)).toEqual(numbers(10, writer.sequence));
  source.confirm(20);
  expect(source.confirmed).toBe(20);
});

it('goes back to the oldest record that the ring still holds, and keeps it', () => {
  using ring = fullRing(0);
  const { writer, source } = ring;
  source.confirm(20);
  source.goTo(0);
  // The writer has announced to overwrite the records before it.
  const oldest = source.confirmed;
  expect(oldest).toBeLessThan(20);
  while (writer.tryWrite(Buffer.alloc(56, writer.sequence)) > 0);
  expect(sequences(source)).toEqual(numbers(oldest, writer.sequence));
});

it('keeps its records while it goes back, although the writer writes at that moment', () => {
  using ring = fullRing(10);
  const { writer, source } = ring;
  const last = writer.sequence;
  const { open } = RingReader;
  // The writer of another process, at the worst moment.
  RingReader.open = (...args) => {
    while (writer.sequence < 3 * last && writer.tryWrite(Buffer.alloc(56, writer.sequence)) > 0);
    return open.apply(RingReader, args);
  };
  try {
    source.goTo(0);
  } finally {
    RingReader.open = open;
  }
  expect(sequences(source)).toEqual(numbers(10, writer.sequence));
});

it('goes back without a free reader slot', () => {
  using ring = fullRing(0);
  const { writer, source, root } = ring;
  source.confirm(20);
  const readers: RingReader[] = [];
  const takeAll = () => {
    for (;;) readers.push(RingReader.open(root, 7));
  };
  expect(takeAll).toThrowError(expect.objectContaining({ code: 'NO_READER_SLOT' }));
  source.goTo(0);
  expect(sequences(source).at(-1)).toBe(writer.sequence - 1);
  for (const reader of readers) reader.close();
});
