import { RingwireError } from '../ringwire-error.js';
import { setting } from '../setting.js';
import type { BackendName, MappingBackend } from './mapping.js';
import { koffiBackend } from './mapping-koffi.js';
import { mmapIoBackend } from './mapping-mmap-io.js';

/** Selects one back end for the whole process: `koffi` or `mmap-io`. The option `backend` takes precedence. */
export const BACKEND_VARIABLE = 'RINGWIRE_BACKEND';

/**
 * The back end for a mapping of `length` bytes: the one that the option or the environment variable names, else koffi.
 * @throws RingwireError `INVALID_ARGUMENT` for an unknown name, `NATIVE_MODULE_MISSING` when the optional peer mmap-io
 * does not load, `MEMORY_MAPPING_FAILED` when the back end cannot hold the length
 */
export function selectBackend(length: number, asked?: BackendName): MappingBackend {
  const name = asked ?? setting(BACKEND_VARIABLE) ?? 'koffi';
  if (name !== 'koffi' && name !== 'mmap-io') {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      `unknown mapping back end '${name}': use 'koffi' or 'mmap-io'`,
    );
  }
  const backend = name === 'koffi' ? koffiBackend() : mmapIoBackend();
  if (backend === null) {
    throw new RingwireError(
      'NATIVE_MODULE_MISSING',
      "the back end 'mmap-io' does not load on this Node: npm install mmap-io@npm:@riaskov/mmap-io@1.4.3 builds it with a compiler (on Node 24 and later with CXXFLAGS=-std=c++20), or use the back end 'koffi'",
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

/** The back ends that load on this machine, the default one first. */
export function availableBackends(): BackendName[] {
  return mmapIoBackend() === null ? ['koffi'] : ['koffi', 'mmap-io'];
}
