import { RingwireError } from '../ringwire-error.js';
import { setting } from '../setting.js';
import type { BackendName, MappingBackend } from './mapping.js';
import { koffiBackend } from './mapping-koffi.js';
import { mmapIoBackend } from './mapping-mmap-io.js';

/** Selects one back end for the whole process: `koffi` or `mmap-io`. The option `backend` takes precedence. */
export const BACKEND_VARIABLE = 'RINGWIRE_BACKEND';
/**
 * The back end for a mapping of `length` bytes: the one asked for by option or environment; else mmap-io when it
 * loads and can hold the length; else koffi.
 * @throws RingwireError `INVALID_ARGUMENT` for an unknown name, `MEMORY_MAPPING_FAILED` when the one asked for does
 * not load or cannot hold the length.
 */
export function selectBackend(length: number, asked?: BackendName): MappingBackend {
  const name = asked ?? setting(BACKEND_VARIABLE);
  if (name === undefined) {
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
