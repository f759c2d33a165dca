/**
 * A file mapped into memory. A mapping never accesses bytes after the requested length. The caller has checked that the
 * file has this length.
 */
export interface Mapping {
  /** The mapped bytes. Empty, or disconnected from the file, after {@link close}. */
  readonly memory: ArrayBuffer;
  /** Bytes mapped. */
  readonly length: number;
  /**
   * Writes changed pages of a byte range to the file and waits (msync, extended to whole pages).
   * @throws RingwireError `FLUSH_FAILED`
   */
  flush(offset: number, length: number): void;
  /**
   * Like {@link flush}, on a thread of the libuv pool. The mapping and its descriptor remain until the call has ended,
   * also after {@link close}.
   */
  flushAsync(offset: number, length: number): Promise<void>;
  /** Makes the kernel allocate every page, so that later stores cause no page fault. */
  prefault(): void;
  /**
   * Closes the mapping. A second call does nothing. Remaining views do not reach the file after the end of every
   * asynchronous flush.
   * @param release called at that time to close the descriptor; immediately when no flush is in progress
   */
  close(release?: () => void): void;
}

/** The names of the back ends. */
export type BackendName = 'koffi' | 'mmap-io';

/** A back end that maps files. */
export interface MappingBackend {
  readonly name: BackendName;
  /** The largest mapping in bytes. */
  readonly maxLength: number;
  /** @throws RingwireError `MEMORY_MAPPING_FAILED` */
  map(fd: number, length: number, writable: boolean): Mapping;
}
