/** Prints the records of a channel; shared by `cat` and `tail`. */
import { setImmediate as turn } from 'node:timers/promises';
import { isBehind, type Reader, type RecordHandler, type RecordTest } from '../../../channel/index.js';
import type { ByteOutput } from './byte-output.js';
import type { RecordPrinter } from './record-format.js';

/** Bytes of one write. */
const WRITE_AT = 256 * 1024;
/** Approximate maximum bytes that one poll adds to the buffer. */
const POLL_BYTES = 4 * 1024 * 1024;
/** A longer record is copied and printed in pieces, outside of the poll. */
const LONG_RECORD = 1024 * 1024;

/** Milliseconds of polling in one turn of the event loop, for records that are not printed. */
const TURN_MILLIS = 20;

/** Thrown by the handler to end a poll after a long record. */
const END_OF_POLL = Symbol('end of poll');

/** How many more records are printed; the channels of one command share it. */
export interface Budget {
  left: number;
}

/** Which records of a channel are printed. */
export interface Selection {
  readonly budget: Budget;
  /** Records that are printed. Default: all. */
  readonly test?: RecordTest | undefined;
}

/** Prints the records of one reader. */
export class RecordStream {
  /** Records printed, and the bytes of their payload. */
  records = 0;
  payload = 0;
  /** Records read, printed or not. */
  taken = 0;
  readonly #reader: Reader;
  readonly #output: ByteOutput;
  readonly #printer: RecordPrinter;
  readonly #budget: Budget;
  readonly #test: RecordTest | undefined;
  readonly #limit: number;
  #long: { readonly record: Buffer; readonly position: number } | null = null;

  constructor(reader: Reader, output: ByteOutput, printer: RecordPrinter, { budget, test }: Selection) {
    this.#reader = reader;
    this.#output = output;
    this.#printer = printer;
    this.#budget = budget;
    this.#test = test;
    this.#limit = Math.min(Math.max(Math.floor(POLL_BYTES / reader.header.maxMessageLength), 16), 1024);
  }

  /** Whether the requested number of records has been printed. */
  get isDone(): boolean {
    return this.#budget.left <= 0;
  }

  /**
   * Prints available records, about one write, and waits until the output has taken them.
   * @returns the number of records read
   * @throws RingwireError like `Reader.poll`, after every sound record was printed
   */
  async pump(): Promise<number> {
    const before = this.taken;
    const pause = performance.now() + TURN_MILLIS;
    try {
      while (this.#output.used < WRITE_AT && !this.isDone) {
        const taken = this.taken;
        this.#poll();
        if (this.#long !== null) await this.#printLong();
        if (this.taken === taken) {
          if (this.#output.isAborted || !isBehind(this.#reader)) break;
          await turn();
        } else if (this.#output.isAborted || performance.now() > pause) break;
      }
    } finally {
      await this.#output.flush();
    }
    return this.taken - before;
  }

  readonly #take: RecordHandler = (buffer, offset, length, position) => {
    this.taken++;
    if (this.#test !== undefined && !this.#test(buffer, offset, length)) return;
    this.#budget.left--;
    this.records++;
    this.payload += length;
    if (length > LONG_RECORD) {
      this.#long = { record: Buffer.from(buffer.subarray(offset, offset + length)), position };
      throw END_OF_POLL;
    }
    const printer = this.#printer;
    const end = offset + length;
    printer.begin(buffer, offset, end, position);
    for (let at = offset; at < end; ) at = printer.piece(buffer, at, end);
    printer.finish(buffer, end);
  };

  #poll(): void {
    try {
      this.#reader.poll(this.#take, Math.min(this.#limit, this.#budget.left));
    } catch (error) {
      if (error !== END_OF_POLL) throw error;
    }
  }

  async #printLong(): Promise<void> {
    const { record, position } = this.#long as { record: Buffer; position: number };
    this.#long = null;
    this.#printer.begin(record, 0, record.length, position);
    for (let at = 0; at < record.length && !this.#output.isAborted; ) {
      at = this.#printer.piece(record, at, record.length);
      if (this.#output.used >= WRITE_AT) await this.#output.flush();
      await turn();
    }
    this.#printer.finish(record, record.length);
  }
}
