/** The space of a batch in a ring. */
import { RingwireError } from '../../../platform/index.js';
import { requireRecord } from '../../core/write-errors.js';
import type { RingFile } from '../ring-file.js';
import { RING_WORD } from '../ring-record-layout.js';

/**
 * Returns the words of a batch whose first record starts at word index `start`, padding included. `longest`: bytes of
 * the longest batch.
 * @throws RingwireError `INVALID_ARGUMENT`, `MAX_RECORD_LENGTH_EXCEEDED`; `CHANNEL_FULL` if the ring can never accept
 * it
 */
export function batchSize(
  records: readonly Uint8Array[],
  start: number,
  file: Pick<RingFile, 'path' | 'header'>,
  longest: number,
): number {
  const capacity = file.header.capacity / RING_WORD;
  let at = start;
  let padding = 0;
  let taken = 0;
  for (let i = 0; i < records.length; i++) {
    const record = records[i];
    requireRecord(file, record, i);
    const size = (record.length + 15) >>> 3;
    if (at + size > capacity) {
      padding = capacity - at;
      at = 0;
    }
    taken += size;
    at = at + size === capacity ? 0 : at + size;
  }
  if (taken * RING_WORD <= longest) return taken + padding;
  throw new RingwireError(
    'CHANNEL_FULL',
    `a batch of ${taken * RING_WORD} bytes does not fit: ${file.path} accepts ${longest} bytes at once; split the batch`,
    { path: file.path, required: taken * RING_WORD, left: longest },
  );
}
