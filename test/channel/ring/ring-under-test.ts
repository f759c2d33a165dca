/** A small ring for tests that depend on only some of its options. */
import fs from 'node:fs';
import { channelPaths, RingReader, RingWriter, TickUnit } from '../../../src/channel/index.js';
import { INTENT_OFFSET, RING_DATA_OFFSET } from '../../../src/channel/ring/ring-header-layout.js';
import type { RingOptions, RingReaderOptions } from '../../../src/channel/ring/ring-options.js';
import { memoryFolder } from '../../temporary.js';
import { type WriterAndReader, writerAndReader } from '../../writer-and-reader.js';

export const RING = {
  writerId: 1,
  channelId: 7,
  capacity: 1024,
  maxMessageLength: 56,
  timeout: 1000,
  tickUnit: TickUnit.Millis,
} satisfies RingOptions;

/** A writer and a reader of one new ring; both are closed with it. */
export function openRing(
  options: Partial<RingOptions> = {},
  readerOptions: RingReaderOptions = {},
): WriterAndReader<RingWriter, RingReader> {
  const root = memoryFolder();
  const writer = RingWriter.create(root, { ...RING, ...options });
  const reader = RingReader.open(root, writer.header.channelId, readerOptions);
  return writerAndReader(root, writer, reader);
}

/** A record that says which it is, filled so that a torn one is seen. */
export function recordOf(sequence: number, length: number): Buffer {
  const record = Buffer.alloc(length, sequence & 0xff);
  if (length >= 4) record.writeUInt32LE(sequence >>> 0, 0);
  return record;
}

/** A length from 4 to `most` that depends on the sequence number alone. */
export function lengthOf(sequence: number, most: number): number {
  return 4 + ((Math.imul(sequence + 1, 0x9e37_79b1) >>> 8) % (most - 3));
}

/** A folder with a ring that no writer makes: its data area is full of one mark, so it has no end. */
export function ringOfMarks(mark: number, capacity = RING.capacity): string {
  const root = memoryFolder();
  RingWriter.create(root, { ...RING, capacity }).detach();
  const file = fs.openSync(channelPaths(root, 7).file, 'r+');
  const words = new Int32Array(capacity / 4);
  for (let at = 0; at < words.length; at += 2) words[at] = mark;
  fs.writeSync(file, words, 0, words.byteLength, RING_DATA_OFFSET);
  fs.writeSync(file, new Int32Array([0, capacity / 8, 0]), 0, 12, INTENT_OFFSET);
  fs.closeSync(file);
  return root;
}
