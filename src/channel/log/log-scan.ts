/** Scans a log channel from its beginning to the end of its records, without changing it. */
import type { LogEnd, LogScan, ScanProgress } from '../core/scan.js';
import type { ShmReader } from './log-reader.js';
import { RESERVED_TAIL } from './log-sizes.js';

/** Records between two progress reports. */
const STRIDE = 65_536;

/** Reads all available records of `reader`, which is at the beginning and has no timeout. */
export function scanLog(reader: ShmReader, onProgress?: ScanProgress): LogScan {
  let records = 0;
  let payloadBytes = 0;
  let lastPosition = -1;
  let lastLength = 0;
  const count = (_: Buffer, _offset: number, length: number, position: number) => {
    records++;
    payloadBytes += length;
    lastPosition = position;
    lastLength = length;
  };
  try {
    while (reader.poll(count, STRIDE) > 0 || reader.isBehind)
      onProgress?.(reader.position, reader.header.capacity);
  } catch (error) {
    if (error !== reader.endReason) throw error;
  }
  const { position, heartbeats, endReason } = reader;
  const end = endOf(reader);
  return {
    records,
    heartbeats,
    payloadBytes,
    lastRecord: lastPosition < 0 ? null : { position: lastPosition, length: lastLength },
    position,
    end,
    error: end === 'corrupt' || end === 'truncated' ? endReason : null,
  };
}

function endOf({ endReason, position, header, layout }: ShmReader): LogEnd {
  if (endReason === null) {
    // A file of kekbit may contain records up to its capacity.
    const last = layout === 'full' ? header.capacity - RESERVED_TAIL : header.capacity;
    return position < last ? 'open' : 'full';
  }
  if (endReason.code === 'CLOSED') return 'closed';
  return endReason.code === 'STORAGE_TRUNCATED' ? 'truncated' : 'corrupt';
}
