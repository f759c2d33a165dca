/** A handler that reads a whole lap of its own ring: the reader stands at the same index again, not at the same record. */
import { expect, it, onTestFinished } from 'vitest';
import { RingReader, RingWriter } from '../../../src/channel/index.js';
import { memoryFolder } from '../../temporary.js';

/** With its header a record of 56 bytes takes 64, so that a whole number of them fills the ring. */
const LENGTH = 56;
const SIZE = 64;

it.each(['copy', 'in-place'] as const)(
  'records are delivered once, in order, with delivery %s',
  (delivery) => {
    const root = memoryFolder();
    const writer = RingWriter.create(root, { channelId: 1, capacity: 65_536 });
    const reader = RingReader.open(root, 1, { delivery });
    onTestFinished(() => {
      reader.close();
      writer.close();
    });
    let written = 0;
    const write = (records: number) => {
      for (let i = 0; i < records; i++) {
        const record = Buffer.alloc(LENGTH);
        record.writeInt32LE(written++);
        writer.write(record);
      }
    };
    const numbers: number[] = [];
    const take = (bytes: Buffer, offset: number) => void numbers.push(bytes.readInt32LE(offset));
    let isOuter = true;
    write(3);
    reader.poll((bytes, offset) => {
      take(bytes, offset);
      if (!isOuter) return;
      isOuter = false;
      // The two records that were there, and others until the reader stands one lap later.
      const start = reader.position;
      while (reader.position < start + writer.header.capacity) {
        write(Math.min(256, (start + writer.header.capacity - writer.writeOffset) / SIZE));
        reader.poll(take);
      }
      expect(reader.position).toBe(start + writer.header.capacity);
    });
    write(5);
    reader.poll(take);
    expect(numbers).toEqual(Array.from({ length: written }, (_, n) => n));
    expect(reader.losses).toMatchObject({ records: 0, bytes: 0 });
  },
);
