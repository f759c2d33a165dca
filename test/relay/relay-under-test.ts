/** Channels with numbered records of many lengths, and the expected records at the other end of a relay. */
import { expect, onTestFinished } from 'vitest';
import {
  JournalWriter,
  type Reader,
  RingWriter,
  ShmReader,
  ShmWriter,
  TickUnit,
  type Writer,
} from '../../src/index.js';

export const SOURCE = 1;
export const DESTINATION = 2;
const common = {
  channelId: SOURCE,
  writerId: 1,
  maxMessageLength: 4096,
  timeout: 60,
  tickUnit: TickUnit.Secs,
};

/** Now and then longer than one frame takes. */
export function record(n: number): Buffer {
  const length = n % 50 === 0 ? 3000 + (n % 1000) : 8 + (n % 200);
  const bytes = Buffer.alloc(length, n & 255);
  bytes.writeDoubleLE(n);
  return bytes;
}

export function logSource(root: string, records: number): void {
  using log = ShmWriter.create(root, { ...common, capacity: 16 * 2 ** 20 });
  for (let n = 0; n < records; n++) log.write(record(n));
}

/** A journal that stays open; closed with the test. */
export function journalSource(root: string, records: number): JournalWriter {
  const writer = JournalWriter.create(root, { ...common, capacity: 2 ** 21 });
  onTestFinished(() => writer.close());
  for (let n = 0; n < records; n++) writer.write(record(n));
  return writer;
}

/** A ring that waits for its readers. */
export function ringSource(root: string, capacity = 65_536): RingWriter {
  return RingWriter.create(root, { ...common, capacity, policy: 'back-pressure' });
}

/** Writes records from `first` on as far as there is room. @returns the number of the next one */
export function fill(writer: Writer, first: number, end: number): number {
  let n = first;
  while (n < end && writer.tryWrite(record(n)) > 0) n++;
  return n;
}

/** Checks records one after the other. */
export class ExpectedRecords {
  count: number;

  constructor(first = 0) {
    this.count = first;
  }

  readonly take = (buffer: Buffer, offset: number, length: number): void => {
    const expected = record(this.count);
    const came = buffer.subarray(offset, offset + length);
    if (!came.equals(expected)) {
      throw new Error(`record ${came.readDoubleLE()} of ${length} bytes where ${this.count} was expected`);
    }
    this.count++;
  };
}

/** Reads a log to its end. */
export function expectLog(root: string, records: number): void {
  using reader: Reader = ShmReader.open(root, DESTINATION);
  const expected = new ExpectedRecords();
  while (reader.poll(expected.take) > 0);
  expect(expected.count).toBe(records);
  expect(reader.endReason?.code).toBe('CLOSED');
}
