/** Takes records out of a channel and prints them, fast: what `cat` and `tail` have in common. */
import type { Reader, RecordHandler } from '../../channel/index.js';
import type { ByteOutput } from './byte-output.js';

/** Bytes that are written at a time. */
const WRITE_AT = 256 * 1024;
/** About how many bytes a single poll may bring at most, beyond what is waiting already. */
const POLL_BYTES = 4 * 1024 * 1024;

export class RecordStream {
  records = 0;
  /** Bytes of payload. */
  payload = 0;
  readonly #reader: Reader;
  readonly #output: ByteOutput;
  readonly #print: RecordHandler;
  readonly #limit: number;
  #left: number;

  /** `limit`: records in all. */
  constructor(reader: Reader, output: ByteOutput, print: RecordHandler, limit: number) {
    this.#reader = reader;
    this.#output = output;
    this.#left = limit;
    this.#limit = Math.min(Math.max(Math.floor(POLL_BYTES / reader.header.maxMessageLength), 16), 1024);
    this.#print = (buffer, offset, length, position) => {
      this.records++;
      this.payload += length;
      print(buffer, offset, length, position);
    };
  }

  /** Whether all the records that were asked for have been printed. */
  get isDone(): boolean {
    return this.#left === 0;
  }

  /**
   * Prints what is there, up to one write, and waits until it was taken.
   * @returns how many records
   * @throws RingwireError what `poll` throws, after every sound record was printed
   */
  async pump(): Promise<number> {
    let count = 0;
    try {
      while (this.#output.used < WRITE_AT && this.#left > 0) {
        const polled = this.#reader.poll(this.#print, Math.min(this.#limit, this.#left));
        if (polled === 0) break;
        this.#left -= polled;
        count += polled;
      }
    } finally {
      await this.#output.flush();
    }
    return count;
  }
}

/** Goes to the end of what is there now. */
export function skipToEnd(reader: Reader): void {
  reader.poll(() => {});
}
