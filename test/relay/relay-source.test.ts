/** The source of a relay, whose records can be sent again until they are confirmed. */
import { expect, it } from 'vitest';
import { RingWriter, TickUnit } from '../../src/index.js';
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
  return { writer, source, [Symbol.dispose]: close };
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
