/**
 * Output and events in ring channels. Any process reads them with the channel readers or `ringwire tail`, while the
 * manager runs and after its death. The next manager resumes the same rings.
 *
 * Each stream has two rings. The output ring holds exactly the bytes of the child, one record for each chunk read from the pipe.
 * The arrival ring holds for each chunk 16 bytes, little-endian: its position in the output ring and its arrival in
 * Unix nanoseconds, both 64 bits. A reader of output needs no knowledge of times.
 */
import path from 'node:path';
import { makeOwnFolder, RingwireError } from '../../platform/index.js';
import { RingEventLog } from './ring-event-log.js';
import { RingOutputLog } from './ring-output-log.js';
import type { EventLog, OutputLog, Storage } from './storage.js';

/** The least number of bytes kept of an output. */
export const MIN_OUTPUT_CAPACITY = 1024 * 1024;
/** The largest number of bytes kept of an output: what a ring holds. */
export const MAX_OUTPUT_CAPACITY = 1024 * 1024 * 1024;
/** Both rings of a stream have capacities in steps of 128 bytes, and one has a sixteenth of the other. */
const CAPACITY_UNIT = 16 * 128;

/** Options of {@link RingStorage}. */
export interface RingStorageOptions {
  /** Bytes kept of each output: 1 MiB to 1 GiB, rounded up to a multiple of 2048; smaller values mean 1 MiB. */
  readonly outputCapacity: number;
}

/**
 * Keeps output and events in ring channels.
 * @example
 * const storage = new RingStorage('/run/app/channels', { outputCapacity: 1024 * 1024 });
 */
export class RingStorage implements Storage {
  /** Absolute path of the folder of the channels. */
  readonly folder: string;
  readonly #outputCapacity: number;

  /** @throws RingwireError `INVALID_ARGUMENT` for a capacity out of range */
  constructor(folder: string, options: RingStorageOptions) {
    const { outputCapacity } = options;
    if (!(outputCapacity >= 0 && outputCapacity <= MAX_OUTPUT_CAPACITY)) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        `outputCapacity must be at most ${MAX_OUTPUT_CAPACITY} bytes, not ${outputCapacity}`,
      );
    }
    this.folder = path.resolve(folder);
    const capacity = Math.max(outputCapacity, MIN_OUTPUT_CAPACITY);
    this.#outputCapacity = Math.ceil(capacity / CAPACITY_UNIT) * CAPACITY_UNIT;
  }

  /** Creates or resumes the rings of one output. @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, `NO_SPACE` */
  outputLog(channel: number): OutputLog {
    makeOwnFolder(this.folder);
    return new RingOutputLog(this.folder, channel, this.#outputCapacity);
  }

  /** Creates or resumes the ring of events. @throws RingwireError `COULD_NOT_ACCESS_STORAGE`, `NO_SPACE` */
  eventLog(): EventLog {
    makeOwnFolder(this.folder);
    return new RingEventLog(this.folder);
  }
}
