/** The first two words of the units of a ring file, read in windows. */
import type { UnitWords } from '../find-tail.js';
import { RING_DATA_OFFSET } from '../ring-header-layout.js';
import { readExactly } from './read-exactly.js';

const WINDOW_LENGTH = 4096;

/** Words of one ring file at a time, read in windows. Both words of a unit come from one read. */
export class FileUnits implements UnitWords {
  readonly #bytes = new Uint8Array(WINDOW_LENGTH);
  readonly #i32 = new Int32Array(this.#bytes.buffer);
  #fd = -1;
  #path = '';
  #capacity = 0;
  #from = 0;
  #to = 0;

  /** Chooses a file, and forgets what was read. */
  use(fd: number, path: string, capacity: number): this {
    this.#fd = fd;
    this.#path = path;
    this.#capacity = capacity;
    this.#from = this.#to = 0;
    return this;
  }

  /** @throws RingwireError as {@link readExactly} */
  commit(offset: number): number {
    if (offset < this.#from || offset >= this.#to) this.#read(offset);
    return this.#i32[(offset - this.#from) / 4] as number;
  }

  sequence(offset: number): number {
    return this.#i32[(offset - this.#from) / 4 + 1] as number;
  }

  reload(offset: number): boolean {
    const isCopy = this.#from !== offset;
    this.#from = this.#to = 0;
    return isCopy;
  }

  #read(offset: number): void {
    const length = Math.min(WINDOW_LENGTH, this.#capacity - offset);
    readExactly(this.#fd, this.#path, this.#bytes, 0, length, RING_DATA_OFFSET + offset);
    this.#from = offset;
    this.#to = offset + length;
  }
}
