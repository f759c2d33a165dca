/** The views of a log that its writer stores through. */
import { SourceViews } from '../../../platform/index.js';
import { WORD } from '../../core/record-header.js';
import { DATA_OFFSET } from '../log-record-layout.js';
import { usableEnd } from '../log-sizes.js';
import type { WriterParts } from '../writer-parts.js';

/** Views of one mapping, made once. */
export interface LogViews {
  /** The data area: in bytes, in words of 64 bits, and as the target of copies. */
  readonly buffer: Buffer;
  readonly i64: BigInt64Array;
  /** The same words as doubles, to publish lengths. */
  readonly f64: Float64Array;
  readonly sources: SourceViews;
  /** The same words in halves of 32 bits: a store that publishes nothing needs no 64-bit store, which costs a BigInt. */
  readonly i32: Int32Array;
  /** Word index at which the last record must end at the latest. */
  readonly end: number;
}

/** The views of an open log. */
export function viewLog({ file, mapping }: Pick<WriterParts, 'file' | 'mapping'>): LogViews {
  const { capacity, maxMessageLength } = file.header;
  const { memory, length } = mapping;
  const buffer = Buffer.from(memory, DATA_OFFSET, Math.min(capacity, length - DATA_OFFSET));
  const i64 = new BigInt64Array(memory, DATA_OFFSET, Math.floor((length - DATA_OFFSET) / WORD));
  return {
    buffer,
    i64,
    f64: new Float64Array(memory, DATA_OFFSET, i64.length),
    sources: new SourceViews(buffer, i64, maxMessageLength),
    i32: new Int32Array(memory, DATA_OFFSET, i64.length * 2),
    end: usableEnd(capacity, length) / WORD,
  };
}
