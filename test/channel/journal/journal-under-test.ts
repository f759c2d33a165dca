/** A small journal to begin with: segments of 16 KiB, so that some 300 records of 40 bytes make a roll. */
import { type JournalOptions, JournalReader, JournalWriter, TickUnit } from '../../../src/channel/index.js';
import type { JournalReaderOptions } from '../../../src/channel/journal/journal-options.js';
import { memoryFolder } from '../../temporary.js';
import { type WriterAndReader, writerAndReader } from '../../writer-and-reader.js';

export const JOURNAL = {
  writerId: 1,
  channelId: 5,
  capacity: 16_384,
  maxMessageLength: 100,
  timeout: 1000,
  tickUnit: TickUnit.Millis,
} satisfies JournalOptions;

/** Bytes of the file of one segment. */
export const SEGMENT_BYTES = 16_384 + 1056;
/** Records of {@link recordOf} that fit in one segment. */
export const PER_SEGMENT = Math.floor((16_384 - 16) / 48);

export const recordOf = (sequence: number) => {
  const record = Buffer.alloc(40, sequence & 0xff);
  record.writeUInt32LE(sequence);
  return record;
};

export function openJournal(
  options: Partial<JournalOptions> = {},
  readerOptions: JournalReaderOptions = {},
): WriterAndReader<JournalWriter, JournalReader> {
  const root = memoryFolder();
  const writer = JournalWriter.create(root, { ...JOURNAL, ...options });
  const reader = JournalReader.open(root, 5, readerOptions);
  return writerAndReader(root, writer, reader);
}

/** Writes the records `from` to `to` - 1. */
export function fill(writer: JournalWriter, from: number, to: number): void {
  for (let sequence = from; sequence < to; sequence++) writer.write(recordOf(sequence));
}

/** The numbers of the records that are there. @throws where one is torn */
export function readNumbers(reader: JournalReader, limit?: number): number[] {
  const numbers: number[] = [];
  reader.poll((buffer, offset, length) => {
    const record = buffer.subarray(offset, offset + length);
    const number = record.readUInt32LE();
    if (!record.equals(recordOf(number))) throw new Error(`record ${number} is torn`);
    numbers.push(number);
  }, limit);
  return numbers;
}

export const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, i) => from + i);
