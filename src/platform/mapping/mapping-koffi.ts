/**
 * The mapping back end that calls mmap, msync and munmap of libc.
 *
 * INV-MEM-01: no view can touch memory after munmap. Where the ArrayBuffer can be detached (Node 22 and later) it is,
 * and then unmapped. Where it cannot, the range is replaced in one step by private zero pages, which keep every view
 * harmless, and is unmapped when the last view has been collected.
 */
import fs from 'node:fs';
import {
  errnoName,
  libc,
  MADV_POPULATE_WRITE,
  MAP_FAILED,
  MAP_SHARED,
  MS_SYNC,
  PROT_READ,
  PROT_WRITE,
} from '../libc.js';
import { RingwireError, reasonOf } from '../ringwire-error.js';
import { disconnect } from '../sockets/disconnect.js';
import type { Mapping, MappingBackend } from './mapping.js';
import { flushFailed } from './mapping-errors.js';
import { PendingCalls } from './pending-calls.js';

/** V8 of Node 20 has no larger ArrayBuffer, and koffi.view would abort the process. */
const NODE_20_MAX_LENGTH = 2 ** 32;

/**
 * JavaScriptCore compiles `Atomics.load` to an addition of 0, which a read-only mapping answers with SIGSEGV. Bun
 * therefore maps files for writing, also where it only reads.
 */
const ATOMIC_LOADS_WRITE = process.versions['bun'] !== undefined;

/** @throws RingwireError `UNSUPPORTED_PLATFORM` without permission to write the file */
function reopenForWriting(fd: number): number {
  try {
    return fs.openSync(`/proc/self/fd/${fd}`, 'r+');
  } catch (cause) {
    throw new RingwireError(
      'UNSUPPORTED_PLATFORM',
      `Bun needs permission to write a channel that it reads, since its atomic loads write: ${reasonOf(cause)}. Use Node, or give write permission`,
      { reason: reasonOf(cause), cause },
    );
  }
}

const unmapWhenCollected = new FinalizationRegistry<{ address: bigint; length: number }>((range) => {
  libc().munmap(range.address, range.length);
});

class KoffiMapping implements Mapping {
  readonly memory: ArrayBuffer;
  readonly length: number;
  readonly #address: bigint;
  readonly #calls = new PendingCalls();
  #closed = false;

  constructor(fd: number, length: number, writable: boolean) {
    const { mmap, errno, view } = libc();
    const own = writable || !ATOMIC_LOADS_WRITE ? null : reopenForWriting(fd);
    const protection = writable || own !== null ? PROT_READ | PROT_WRITE : PROT_READ;
    const address = mmap(null, length, protection, MAP_SHARED, own ?? fd, 0);
    if (own !== null) fs.closeSync(own);
    if (address === MAP_FAILED) {
      const reason = `mmap of ${length} bytes: ${errnoName(errno())}`;
      throw new RingwireError('MEMORY_MAPPING_FAILED', reason, { reason, length });
    }
    this.#address = address;
    this.length = length;
    this.memory = view(address, length);
  }

  flush(offset: number, length: number): void {
    const range = this.#pages(offset, length);
    if (libc().msync(range.address, range.length, MS_SYNC) !== 0)
      throw flushFailed(errnoName(libc().errno()));
  }

  flushAsync(offset: number, length: number): Promise<void> {
    const range = this.#pages(offset, length);
    return this.#calls.run((ended) => {
      libc().msyncAsync(range.address, range.length, MS_SYNC, (error, result) => {
        ended(error === null && result === 0 ? null : flushFailed(error?.message ?? 'msync'));
      });
    });
  }

  prefault(): void {
    if (libc().madvise(this.#address, this.length, MADV_POPULATE_WRITE) === 0) return;
    const words = new Int32Array(this.memory);
    for (let i = 0; i < words.length; i += libc().pageSize / 4) Atomics.add(words, i, 0);
  }

  close(release?: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    const range = { address: this.#address, length: this.length };
    const detachable = typeof this.memory.transfer === 'function';
    if (detachable) this.memory.transfer();
    this.#calls.whenIdle(() => {
      if (detachable) libc().munmap(range.address, range.length);
      else {
        disconnect(range.address, range.length);
        unmapWhenCollected.register(this.memory, range);
      }
      release?.();
    });
  }

  #pages(offset: number, length: number): { address: bigint; length: number } {
    if (this.#closed) throw new RingwireError('CLOSED', 'the mapping is closed');
    const { pageSize } = libc();
    const start = Math.floor(offset / pageSize) * pageSize;
    return { address: this.#address + BigInt(start), length: Math.min(offset + length, this.length) - start };
  }
}

const backend: MappingBackend = {
  name: 'koffi',
  maxLength:
    typeof ArrayBuffer.prototype.transfer === 'function' ? Number.MAX_SAFE_INTEGER : NODE_20_MAX_LENGTH,
  map: (fd, length, writable) => new KoffiMapping(fd, length, writable),
};

/** The back end that calls libc; always available. */
export function koffiBackend(): MappingBackend {
  return backend;
}
