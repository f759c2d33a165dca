/** The memory of a ring as its writer sees it. */
import { Doorbell, SourceViews } from '../../../platform/index.js';
import {
  READERS_ASLEEP_OFFSET,
  READERS_BELL_OFFSET,
  RING_DATA_OFFSET,
  WRITER_ASLEEP_OFFSET,
  WRITER_BELL_OFFSET,
} from '../ring-header-layout.js';
import { RING_WORD } from '../ring-record-layout.js';
import type { RingWriterParts } from './open-ring-writer.js';

/** Views of one mapping, made once. */
export interface RingViews {
  /** The header, in 32-bit words. */
  readonly headerI32: Int32Array;
  /** The data area: in 32-bit words, in bytes, and as the target of copies. */
  readonly i32: Int32Array;
  readonly buffer: Buffer;
  readonly sources: SourceViews;
  /** The bell of sleeping readers, or null for a writer that rings none. */
  readonly bell: Doorbell | null;
  /** The bell that readers ring when they free space. */
  readonly spaceAvailable: Doorbell;
}

/** The views of an open ring. */
export function viewRing({ file, mapping, doorbell }: RingWriterParts): RingViews {
  const { capacity, maxMessageLength } = file.header;
  const { memory } = mapping;
  const buffer = Buffer.from(memory, RING_DATA_OFFSET, capacity);
  const words = new BigInt64Array(memory, RING_DATA_OFFSET, capacity / RING_WORD);
  return {
    headerI32: new Int32Array(memory, 0, RING_DATA_OFFSET / 4),
    i32: new Int32Array(memory, RING_DATA_OFFSET, capacity / 4),
    buffer,
    sources: new SourceViews(buffer, words, maxMessageLength),
    bell: doorbell ? new Doorbell(memory, READERS_ASLEEP_OFFSET, READERS_BELL_OFFSET) : null,
    spaceAvailable: new Doorbell(memory, WRITER_ASLEEP_OFFSET, WRITER_BELL_OFFSET),
  };
}
