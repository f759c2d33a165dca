/** A handler may read from its own reader: its record stays unchanged until it returns. */
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  JournalReader,
  JournalWriter,
  type Reader,
  RingReader,
  RingWriter,
  raw,
  recordBatches,
  TimeoutReader,
  TypedReader,
  type Writer,
} from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';
import { KINDS, OPTIONS } from './kinds.js';

interface Nesting {
  readonly name: string;
  open(): { readonly writer: Writer; readonly reader: Reader };
}

const rings: Nesting[] = (['copy', 'in-place'] as const).flatMap((delivery) =>
  (['overwrite', 'back-pressure'] as const).map((policy) => ({
    name: `${policy} ring, ${delivery}`,
    open() {
      const root = memoryFolder();
      const writer = RingWriter.create(root, { ...OPTIONS, policy });
      return { writer, reader: RingReader.open(root, 9, { delivery }) };
    },
  })),
);

const NESTINGS: Nesting[] = [
  ...KINDS.filter(({ name }) => !name.includes('ring')),
  ...rings,
  {
    name: 'ring with a timeout reader',
    open() {
      const root = memoryFolder();
      const writer = RingWriter.create(root, OPTIONS);
      return { writer, reader: new TimeoutReader(RingReader.open(root, 9)) };
    },
  },
];

function opened(nesting: Nesting) {
  const pair = nesting.open();
  onTestFinished(() => {
    pair.reader.close();
    pair.writer.close();
  });
  return pair;
}

const record = (n: number) => Buffer.from(`record ${String(n).padStart(5, '0')}`);

describe.each(NESTINGS)('a read inside a handler of a $name', (nesting) => {
  it('by tryRead leaves the outer record unchanged, and delivers each record once', () => {
    const { writer, reader } = opened(nesting);
    for (let n = 0; n < 40; n++) writer.write(record(n));
    const seen: string[] = [];
    const changed: string[] = [];
    while (
      reader.poll((buffer, offset, length) => {
        const before = buffer.toString('latin1', offset, offset + length);
        seen.push(before);
        const inner = reader.tryRead();
        if (inner !== null) seen.push(inner.toString('latin1'));
        const after = buffer.toString('latin1', offset, offset + length);
        if (after !== before) changed.push(`${before} became ${after}`);
      }) > 0
    );
    expect(changed).toEqual([]);
    expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => record(n).toString()));
  });

  it('by poll, three deep, leaves every outer record unchanged', () => {
    const { writer, reader } = opened(nesting);
    for (let n = 0; n < 30; n++) writer.write(record(n));
    const seen: string[] = [];
    const changed: string[] = [];
    const read = (depth: number) => {
      reader.poll((buffer, offset, length) => {
        const before = buffer.toString('latin1', offset, offset + length);
        seen.push(before);
        if (depth < 3) read(depth + 1);
        if (buffer.toString('latin1', offset, offset + length) !== before) changed.push(before);
      }, 2);
    };
    for (let polls = 0; seen.length < 30 && polls < 100; polls++) read(0);
    expect(changed).toEqual([]);
    expect(seen).toEqual(Array.from({ length: 30 }, (_, n) => record(n).toString()));
  });

  it('delivers values and batches to a typed reader and an iterator of the same reader', async () => {
    const { writer, reader } = opened(nesting);
    for (let n = 0; n < 9; n++) writer.write(record(n));
    const typed = new TypedReader(reader, raw);
    const batches = recordBatches(reader, { limit: 2 });
    const seen: string[] = [];
    let batch: Promise<IteratorResult<Buffer[]>> | undefined;
    typed.poll((value) => {
      const before = Buffer.from(value).toString('latin1');
      const inner = typed.tryRead();
      batch = batches.next();
      expect(Buffer.from(value).toString('latin1')).toBe(before);
      seen.push(before, Buffer.from(inner?.value ?? []).toString('latin1'));
    }, 1);
    seen.push(...((await batch)?.value ?? []).map(String));
    expect(seen).toEqual([0, 1, 2, 3].map((n) => record(n).toString()));
  });

  it('does not end the outer poll when it finds nothing', () => {
    const { writer, reader } = opened(nesting);
    writer.write(record(0));
    expect(
      reader.poll(() => {
        expect(reader.tryRead()).toBeNull();
        writer.write(record(1));
      }, 1),
    ).toBe(1);
    expect(reader.tryRead()?.toString()).toBe(record(1).toString());
  });
});

it('the writer of a back-pressure ring does not overwrite the record of an outer handlerafter nested reads of any length', () => {
  const root = memoryFolder();
  const writer = RingWriter.create(root, { ...OPTIONS, policy: 'back-pressure' });
  const reader = RingReader.open(root, 9, { delivery: 'in-place' });
  onTestFinished(() => {
    reader.close();
    writer.close();
  });
  for (let n = 0; n < 100; n++) writer.write(record(n));
  reader.poll((buffer, offset, length) => {
    const before = buffer.toString('latin1', offset, offset + length);
    while (reader.tryRead() !== null);
    while (writer.tryWrite(Buffer.alloc(100, 0x7a)) > 0);
    expect(buffer.toString('latin1', offset, offset + length)).toBe(before);
  }, 1);
  expect(writer.tryWrite(record(1))).toBeGreaterThan(0);
});

it('a nested read that leaves a segment of a journal keeps the record of the outer handler', () => {
  const root = memoryFolder();
  const writer = JournalWriter.create(root, OPTIONS);
  const reader = JournalReader.open(root, 9);
  onTestFinished(() => {
    reader.close();
    writer.close();
  });
  for (let n = 0; n < 3000; n++) writer.write(record(n));
  let read = 0;
  reader.poll((buffer, offset, length) => {
    while (reader.tryRead() !== null) read++;
    expect(buffer.toString('latin1', offset, offset + length)).toBe(record(0).toString());
  }, 1);
  expect(read).toBe(2999);
});
