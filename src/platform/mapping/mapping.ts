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
  /** The same on a thread of the libuv pool. */
  flushAsync(offset: number, length: number): Promise<void>;
  /** Has the kernel fill in every page now, so that the first store to each is not a page fault. */
  prefault(): void;
  /** Closes the mapping. Views that still exist no longer reach the file; a second call does nothing. */
  close(): void;
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
