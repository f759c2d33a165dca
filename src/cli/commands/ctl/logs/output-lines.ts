/**
 * The lines of one output of a process with their times, read from the rings of the manager: the output, and the channel
 * after it, which holds position and arrival of each piece. See src/supervisor/storage/ring-storage.ts.
 */
import { RingReader } from '../../../../channel/index.js';
import type { LogStream } from '../../../../control/index.js';
import { RingwireError } from '../../../../platform/index.js';
import { LineSplitter } from './line-splitter.js';

/** A line of output. */
export interface LogLine {
  readonly id: string;
  readonly stream: LogStream;
  /** When the line was complete: Unix nanoseconds. */
  readonly time: bigint;
  /** Without the newline. */
  readonly text: Buffer;
}

interface Arrival {
  readonly position: number;
  readonly time: bigint;
}

/** Reads one output, from the oldest line that is kept. */
export class OutputLines implements Disposable {
  readonly id: string;
  readonly stream: LogStream;
  readonly #output: RingReader;
  readonly #arrivals: RingReader;
  readonly #splitter = new LineSplitter();
  #arrival: Arrival | null = null;
  #lines: LogLine[] = [];
  #next = 0;
  #lastTime = 0n;

  /**
   * Opens an output.
   * @param channels of a status: `folder#number`
   * @returns null when the process has never started
   * @throws RingwireError like {@link RingReader.open}
   */
  static open(id: string, stream: LogStream, channels: string): OutputLines | null {
    const mark = channels.lastIndexOf('#');
    const folder = channels.slice(0, mark);
    const channel = Number(channels.slice(mark + 1)) + 2 * stream;
    try {
      const output = RingReader.open(folder, channel, { timeout: 'never' });
      try {
        return new OutputLines(
          { id, stream },
          output,
          RingReader.open(folder, channel + 1, { timeout: 'never' }),
        );
      } catch (error) {
        output.close();
        throw error;
      }
    } catch (error) {
      if (error instanceof RingwireError && NOT_THERE.has(error.code)) return null;
      throw error;
    }
  }

  private constructor(of: { id: string; stream: LogStream }, output: RingReader, arrivals: RingReader) {
    this.id = of.id;
    this.stream = of.stream;
    this.#output = output;
    this.#arrivals = arrivals;
  }

  /** Pieces that the manager overwrote before they were read. */
  get lost(): number {
    return this.#output.losses.records;
  }

  /** The next complete line, which stays the next one until {@link advance}; null when there is none now. */
  peek(): LogLine | null {
    while (this.#next === this.#lines.length) {
      const piece = this.#readPiece();
      if (piece === null) return null;
      this.#lastTime = piece.time;
      this.#lines = this.#splitter.push(piece.bytes).map((text) => this.#line(text));
      this.#next = 0;
    }
    return this.#lines[this.#next] as LogLine;
  }

  /** Moves to the line after {@link peek}. */
  advance(): void {
    this.#next++;
  }

  /** The unfinished last line; null when there is none. */
  rest(): LogLine | null {
    const text = this.#splitter.end();
    return text === null ? null : this.#line(text);
  }

  [Symbol.dispose](): void {
    this.#output.close();
    this.#arrivals.close();
  }

  #line(text: Buffer): LogLine {
    return { id: this.id, stream: this.stream, time: this.#lastTime, text };
  }

  #readPiece(): { time: bigint; bytes: Buffer } | null {
    let bytes: Buffer | null = null;
    let at = 0;
    this.#output.poll((buffer, offset, length, position) => {
      bytes = Buffer.from(buffer.subarray(offset, offset + length));
      at = position;
    }, 1);
    return bytes === null ? null : { time: this.#timeOf(at), bytes };
  }

  /** The arrival of the piece at this position; that of the oldest known piece when it is older. */
  #timeOf(position: number): bigint {
    for (;;) {
      this.#arrival ??= this.#readArrival();
      if (this.#arrival === null) return this.#lastTime;
      if (this.#arrival.position >= position) return this.#arrival.time;
      this.#arrival = null;
    }
  }

  #readArrival(): Arrival | null {
    let arrival: Arrival | null = null;
    this.#arrivals.poll((buffer, offset) => {
      arrival = {
        position: Number(buffer.readBigUInt64LE(offset)),
        time: buffer.readBigInt64LE(offset + 8),
      };
    }, 1);
    return arrival;
  }
}

const NOT_THERE = new Set(['STORAGE_NOT_FOUND', 'STORAGE_NOT_READY']);
