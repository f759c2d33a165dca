/** A poll of more records than one pass delivers. */
import { expect, it } from 'vitest';
import { ShmReader, ShmWriter } from '../../../src/channel/index.js';
import { temporaryFolder } from '../../temporary.js';

const RECORDS = 10_000;
/** Records of one pass. */
const PASS = 4096;

function filled(): { reader: ShmReader; writer: ShmWriter } {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, {
    channelId: 1,
    capacity: RECORDS * 16 + 4096,
    maxMessageLength: 100,
  });
  for (let i = 0; i < RECORDS; i++) writer.writeBatch([Buffer.from(Uint32Array.of(i).buffer)]);
  return { writer, reader: ShmReader.open(root, 1) };
}

it('delivers every available record, up to the limit', () => {
  const { reader, writer } = filled();
  const seen: number[] = [];
  const note = (buffer: Buffer, offset: number) => void seen.push(buffer.readUInt32LE(offset));
  expect(reader.poll(note, PASS)).toBe(PASS);
  expect(reader.poll(note, PASS + 1)).toBe(PASS + 1);
  expect(reader.poll(note)).toBe(RECORDS - 2 * PASS - 1);
  expect(seen).toEqual(Array.from({ length: RECORDS }, (_, i) => i));
  expect(reader.poll(note)).toBe(0);
  reader.close();
  writer.close();
});

it.each([PASS - 1, PASS, PASS + 1])('ends when the handler of record %i moves the reader', (last) => {
  const { reader, writer } = filled();
  let count = 0;
  const delivered = reader.poll(() => {
    if (++count === last) reader.moveTo(0);
  });
  expect(delivered).toBe(last);
  expect(reader.position).toBe(0);
  expect(reader.poll(() => {})).toBe(RECORDS);
  reader.close();
  writer.close();
});

it.each([PASS - 1, PASS, PASS + 1])('ends when the handler of record %i closes the reader', (last) => {
  const { reader, writer } = filled();
  let count = 0;
  expect(
    reader.poll(() => {
      if (++count === last) reader.close();
    }),
  ).toBe(last);
  expect(count).toBe(last);
  writer.close();
});

it('reports the end of the channel after the records before it', () => {
  const { reader, writer } = filled();
  writer.close();
  expect(reader.poll(() => {})).toBe(RECORDS);
  expect(reader.poll(() => {})).toBe(0);
  expect(reader.endReason?.code).toBe('CLOSED');
  reader.close();
});
