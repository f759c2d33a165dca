/**
 * A file mapped into memory, and the two back ends that map. A mapping never touches bytes after the requested length;
 * the caller has checked that the file is that long.
 */
export interface Mapping {
  /** The mapped bytes. Empty, or disconnected from the file, after {@link close}. */
  readonly memory: ArrayBuffer;
  /** Bytes mapped. */
  readonly length: number;
  /**
   * Writes changed pages of a byte range back to the file and waits for it (msync, widened to whole pages).
   * @throws RingwireError `FLUSH_FAILED`
   */
  flush(offset: number, length: number): void;
  /**
   * Flushes on a thread of the libuv pool. The mapping and its descriptor stay until the call has ended, also when
   * {@link close} is called meanwhile.
   */
  flushAsync(offset: number, length: number): Promise<void>;
  /** Has the kernel fill in every page now, so that the first store to each is not a page fault. */
  prefault(): void;
  /**
   * Closes the mapping; a second call does nothing. Views that remain cannot reach the file once every asynchronous
   * flush has ended. `release` runs at that moment, at once when no flush is running: it closes the descriptor.
   */
  close(release?: () => void): void;
}

/** The names of the back ends. */
export type BackendName = 'koffi' | 'mmap-io';

/** A way to map files. */
export interface MappingBackend {
  readonly name: BackendName;
  /** The largest mapping in bytes. */
  readonly maxLength: number;
  /** @throws RingwireError `MEMORY_MAPPING_FAILED` */
  map(fd: number, length: number, writable: boolean): Mapping;
}
