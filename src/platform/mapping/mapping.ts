/**
 * A file mapped into memory, and the two back ends that can make one. A mapping never touches bytes past the
 * length it was asked for; who asks has checked that the file is that long.
 */

import { RingwireError } from '../ringwire-error.js';
import { koffiBackend } from './mapping-koffi.js';
import { mmapIoBackend } from './mapping-mmap-io.js';

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
  /** Lets go of the file. Views that are still around can no longer reach it; a second call does nothing. */
  close(): void;
}

export type BackendName = 'koffi' | 'mmap-io';

export interface MappingBackend {
  readonly name: BackendName;
  /** The largest mapping in bytes. */
  readonly maxLength: number;
  /** @throws RingwireError `MEMORY_MAPPING_FAILED` */
  map(fd: number, length: number, writable: boolean): Mapping;
}

/** Forces one back end for the whole process: `koffi` or `mmap-io`. The option `backend` goes before it. */
export const BACKEND_VARIABLE = 'RINGWIRE_BACKEND';

/**
 * The back end for a mapping of `length` bytes: the one asked for by option or environment; else mmap-io when it
 * loads and can hold the length; else koffi.
 * @throws RingwireError `INVALID_ARGUMENT` for an unknown name, `MEMORY_MAPPING_FAILED` when the one asked for does
 * not load or cannot hold the length.
 */
export function selectBackend(length: number, asked?: BackendName): MappingBackend {
  const name = asked ?? process.env[BACKEND_VARIABLE];
  if (name === undefined || name === '') {
    const preferred = mmapIoBackend();
    return preferred !== null && length <= preferred.maxLength ? preferred : koffiBackend();
  }
  if (name !== 'koffi' && name !== 'mmap-io') {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `unknown mapping back end '${name}': use 'koffi' or 'mmap-io'`,
    );
  }
  const backend = name === 'koffi' ? koffiBackend() : mmapIoBackend();
  if (backend === null) {
    throw new RingwireError(
      'MEMORY_MAPPING_FAILED',
      "the optional package 'mmap-io' is not installed or does not load on this Node: use the back end 'koffi'",
    );
  }
  if (length > backend.maxLength) {
    throw new RingwireError(
      'MEMORY_MAPPING_FAILED',
      `the back end '${name}' maps at most ${backend.maxLength} bytes, not ${length}: use a smaller capacity or the back end 'koffi'`,
      { length, maxAllowed: backend.maxLength },
    );
  }
  return backend;
}

/** The back ends that load on this machine. */
export function availableBackends(): BackendName[] {
  return mmapIoBackend() === null ? ['koffi'] : ['koffi', 'mmap-io'];
}
