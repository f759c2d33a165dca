/** Prints the records of a channel; shared by `cat` and `tail`. */
import { setImmediate as turn } from 'node:timers/promises';
import { isBehind, type Reader, type RecordHandler } from '../../channel/index.js';
import type { ByteOutput } from './byte-output.js';
import type { RecordPrinter } from './record-format.js';

/** Bytes of one write. */
const WRITE_AT = 256 * 1024;
/** Approximate maximum bytes that one poll adds to the buffer. */
const POLL_BYTES = 4 * 1024 * 1024;
/** A longer record is copied and printed in pieces, outside of the poll. */
const LONG_RECORD = 1024 * 1024;

/** Thrown by the handler to end a poll after a long record. */
const END_OF_POLL = Symbol('end of poll');

/** Prints the records of one reader. */
export class RecordStream {
  /** Records printed, and the bytes of their payload. */
  records = 0;
  payload = 0;
  readonly #reader: Reader;
  readonly #output: ByteOutput;
  readonly #printer: RecordPrinter;
  readonly #count: number;
  readonly #limit: number;
  #long: { readonly record: Buffer; readonly position: number } | null = null;

  /** @param count total number of records to print */
  constructor(reader: Reader, output: ByteOutput, printer: RecordPrinter, count: number) {
    this.#reader = reader;
    this.#output = output;
    this.#printer = printer;
    this.#count = count;
    this.#limit = Math.min(Math.max(Math.floor(POLL_BYTES / reader.header.maxMessageLength), 16), 1024);
  }

  /** Whether the requested number of records has been printed. */
  get isDone(): boolean {
    return this.records >= this.#count;
  }

  /**
   * Prints available records, about one write, and waits until the output has taken them.
   * @returns the number of records
   * @throws RingwireError like `Reader.poll`, after every sound record was printed
   */
  async pump(): Promise<number> {
    const before = this.records;
    try {
      while (this.#output.used < WRITE_AT && !this.isDone) {
        const records = this.records;
        this.#poll();
        if (this.#long !== null) await this.#printLong();
        if (this.records > records) continue;
        if (this.#output.isAborted || !isBehind(this.#reader)) break;
        await turn();
      }
    } finally {
      await this.#output.flush();
    }
    return this.records - before;
  }

  readonly #take: RecordHandler = (buffer, offset, length, position) => {
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
      this.#reader.poll(this.#take, Math.min(this.#limit, this.#count - this.records));
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

/** Records that are skipped between two turns of the event loop. */
const SKIP = 65_536;

/** Moves to the end of the channel as it is now, or until the signal aborts. */
export async function skipToEnd(reader: Reader, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (reader.poll(() => {}, SKIP) === SKIP || isBehind(reader))) await turn();
}
