/**
 * The mapping back end of the optional package mmap-io. It cannot unmap: the kernel takes a mapping back when its
 * last view has been collected, so use after unmap is impossible with it. Its `sync` is only safe with the Buffer
 * that `map` returned, a page-aligned offset and an explicit length inside it.
 */
import fs from 'node:fs';
import { libc } from '../libc.js';
import { requireFromHere } from '../native.js';
import { RingwireError, reasonOf } from '../ringwire-error.js';
import { disconnect } from '../sockets/disconnect.js';
import type { Mapping, MappingBackend } from './mapping.js';
import { flushFailed } from './mapping-errors.js';
import { PendingCalls } from './pending-calls.js';

interface MmapIo {
  PROT_READ: number;
  PROT_WRITE: number;
  MAP_SHARED: number;
  PAGESIZE: number;
  map(size: number, prot: number, flags: number, fd: number): Buffer<ArrayBuffer>;
  sync(buffer: Buffer, offset: number, length: number, blocking: boolean, invalidate: boolean): void;
}

/** Sizes are 32-bit signed inside mmap-io; a larger one silently maps the wrong length. */
const MAX_LENGTH = 0x7fff_ffff;

class MmapIoMapping implements Mapping {
  readonly memory: ArrayBuffer;
  readonly length: number;
  readonly #library: MmapIo;
  readonly #fd: number;
  readonly #calls = new PendingCalls();
  #buffer: Buffer | null;

  constructor(library: MmapIo, fd: number, length: number, writable: boolean) {
    const prot = writable ? library.PROT_READ | library.PROT_WRITE : library.PROT_READ;
    try {
      this.#buffer = library.map(length, prot, library.MAP_SHARED, fd);
    } catch (cause) {
      const reason = `mmap of ${length} bytes: ${reasonOf(cause)}`;
      throw new RingwireError('MEMORY_MAPPING_FAILED', reason, { reason, length, cause });
    }
    this.#library = library;
    this.#fd = fd;
    this.length = length;
    this.memory = this.#buffer.buffer as ArrayBuffer;
  }

  flush(offset: number, length: number): void {
    const buffer = this.#open();
    const start = Math.floor(offset / this.#library.PAGESIZE) * this.#library.PAGESIZE;
    const end = Math.min(offset + length, this.length);
    if (end <= start) return;
    try {
      this.#library.sync(buffer, start, end - start, true, false);
    } catch (error) {
      throw flushFailed(reasonOf(error));
    }
  }

  /** Linux keeps a shared mapping and the file in one page cache, so fdatasync writes back what was mapped. */
  flushAsync(_offset: number, _length: number): Promise<void> {
    this.#open();
    return this.#calls.run((ended) => {
      fs.fdatasync(this.#fd, (error) => ended(error === null ? null : flushFailed(error.message)));
    });
  }

  prefault(): void {
    const words = new Int32Array(this.memory, 0, this.length >> 2);
    for (let i = 0; i < words.length; i += this.#library.PAGESIZE / 4) Atomics.add(words, i, 0);
  }

  close(release?: () => void): void {
    if (this.#buffer === null) return;
    this.#buffer = null;
    if (typeof this.memory.transfer === 'function') this.memory.transfer();
    this.#calls.whenIdle(() => {
      if (typeof this.memory.transfer !== 'function') disconnect(libc().addressOf(this.memory), this.length);
      release?.();
    });
  }

  #open(): Buffer {
    if (this.#buffer === null) throw new RingwireError('CLOSED', 'the mapping is closed');
    return this.#buffer;
  }
}

let backend: MappingBackend | null | undefined;

/** The back end, or null where the package is missing or was not built for this Node. */
export function mmapIoBackend(): MappingBackend | null {
  if (backend === undefined) {
    const library = load();
    backend = library && {
      name: 'mmap-io',
      maxLength: MAX_LENGTH,
      map: (fd, length, writable) => new MmapIoMapping(library, fd, length, writable),
    };
  }
  return backend;
}

function load(): MmapIo | null {
  try {
    return requireFromHere()('mmap-io') as MmapIo;
  } catch {
    return null;
  }
}
