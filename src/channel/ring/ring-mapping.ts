/** Maps a ring for its readers and views. */
import { type BackendName, type Mapping, mapExisting } from '../../platform/index.js';
import type { RingFile } from './ring-file.js';
import { RING_DATA_OFFSET, ringFileLength } from './ring-header-layout.js';

/** The mapped parts of a ring. */
export interface RingMapping {
  /** The header in 32-bit words. */
  readonly words: Int32Array;
  /** The data area in 32-bit words. Not writable. */
  readonly halves: Int32Array;
  /** The data area in bytes. Not writable. */
  readonly buffer: Buffer;
  /** All mappings, to be closed by the owner. */
  readonly mappings: readonly Mapping[];
}

/**
 * Maps a ring. `signals`: map the header writable, as doorbells and reader slots require.
 * @throws RingwireError `MEMORY_MAPPING_FAILED`, `NO_SPACE` if a sparse header cannot be allocated; nothing stays
 * mapped then
 */
export function mapRing(
  { fd, path, header }: RingFile,
  { backend, signals }: { readonly backend?: BackendName | undefined; readonly signals: boolean },
): RingMapping {
  const length = ringFileLength(header.capacity);
  const whole = mapExisting(fd, path, { length, writable: false, backend });
  const mappings = [whole];
  try {
    if (signals) mappings.push(mapExisting(fd, path, { length: RING_DATA_OFFSET, writable: true, backend }));
  } catch (error) {
    whole.close();
    throw error;
  }
  const { memory } = mappings.at(-1) as Mapping;
  return {
    words: new Int32Array(memory, 0, RING_DATA_OFFSET / 4),
    halves: new Int32Array(whole.memory, RING_DATA_OFFSET, header.capacity / 4),
    buffer: Buffer.from(whole.memory, RING_DATA_OFFSET, header.capacity),
    mappings,
  };
}
