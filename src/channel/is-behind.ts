import type { Reader } from './core/reader.js';
import { JournalReader } from './journal/journal-reader.js';
import { ShmReader } from './log/log-reader.js';

/**
 * Whether the last poll of a reader stopped at its bound on heartbeats, not after the last record: the next poll may
 * deliver records although the last one delivered none.
 */
export function isBehind(reader: Reader): boolean {
  return (reader instanceof ShmReader || reader instanceof JournalReader) && reader.isBehind;
}
