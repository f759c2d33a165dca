/** Continuing in a ring as it exists. */
import { RingwireError } from '../../platform/index.js';
import { type RingOptions, resumeOptionsOf } from './ring-options.js';
import { RingWriter } from './ring-writer.js';

/**
 * Resumes the ring, whatever its capacity and other fixed options are, or creates it with these. For rings whose options
 * are constants of the program: a file of an earlier version, or made by hand, keeps its own.
 * @throws RingwireError like `RingWriter.create` and `RingWriter.resume`
 */
export function resumeOrCreateRing(root: string, options: RingOptions): RingWriter {
  try {
    return RingWriter.create(root, options);
  } catch (error) {
    if (!(error instanceof RingwireError) || error.code !== 'STORAGE_ALREADY_EXISTS') throw error;
  }
  return RingWriter.resume(root, options, resumeOptionsOf(options));
}
