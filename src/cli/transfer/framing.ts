/**
 * Splits a stream of bytes into records. A framer accepts chunks that are cut anywhere. It yields whenever readers block
 * the writer; the caller resumes it when there may be space.
 */
import { RingwireError } from '../../platform/index.js';
import type { RecordSink } from './record-sink.js';

/** How a stream of bytes is split into records. */
export const FRAMINGS = ['lines', 'length-prefixed', 'fixed', 'chunks'] as const;
/** One of {@link FRAMINGS}. */
export type Framing = (typeof FRAMINGS)[number];

/** What to do with an empty line. */
export const EMPTY_LINES = ['keep', 'skip', 'error'] as const;
/** A channel has no empty records: `keep` stores the newline as the record, `skip` omits the line. */
export type EmptyLines = (typeof EMPTY_LINES)[number];

/** Splits a stream of bytes into records. */
export interface Framer {
  /** Takes a piece of the input. @throws RingwireError as the sink does, `DECODING_ERROR` for input that cannot be framed */
  take(chunk: Buffer): Iterable<void>;
  /** Ends the input. @throws RingwireError like {@link take} */
  end(): Iterable<void>;
}

const NEWLINE = 10;
const PREFIX = 4;
const NOTHING = Buffer.alloc(0);

/** One record for each line. With `keepNewlines` the newline is part of it, so a last line without one stays distinct. */
export class LineFramer implements Framer {
  readonly #sink: RecordSink;
  readonly #keepNewlines: boolean;
  readonly #emptyLines: EmptyLines;

  constructor(
    sink: RecordSink,
    options: { readonly keepNewlines: boolean; readonly emptyLines: EmptyLines },
  ) {
    this.#sink = sink;
    this.#keepNewlines = options.keepNewlines;
    this.#emptyLines = options.emptyLines;
  }

  *take(chunk: Buffer): Generator<void, void> {
    const sink = this.#sink;
    let start = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, start);
      if (newline < 0) break;
      const held = sink.held;
      if (newline === start && held === 0) yield* this.#emptyLine(chunk, start);
      else {
        const end = this.#keepNewlines ? newline + 1 : newline;
        while (!sink.put(chunk, start, end, held + newline + 1 - start)) yield;
      }
      start = newline + 1;
    }
    if (start < chunk.length) sink.hold(chunk, start, chunk.length);
  }

  *end(): Generator<void, void> {
    const { held } = this.#sink;
    while (held > 0 && !this.#sink.put(NOTHING, 0, 0, held)) yield;
  }

  *#emptyLine(chunk: Buffer, at: number): Generator<void, void> {
    const sink = this.#sink;
    if (this.#emptyLines === 'error') {
      throw new RingwireError(
        'DECODING_ERROR',
        `the line after record ${sink.records} is empty, and a channel has no empty records: use --empty-lines keep or skip`,
      );
    }
    if (this.#emptyLines === 'skip') sink.taken++;
    else while (!sink.put(chunk, at, at + 1, 1)) yield;
  }
}

/** Records after a length of 32 bits, little endian. */
export class LengthPrefixedFramer implements Framer {
  readonly #sink: RecordSink;
  readonly #prefix = Buffer.alloc(PREFIX);
  #prefixed = 0;
  /** Bytes of the current record that are still missing. */
  #missing = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  *take(chunk: Buffer): Generator<void, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#prefixed < PREFIX) {
        this.#prefix[this.#prefixed++] = chunk[at++] as number;
        if (this.#prefixed === PREFIX) this.#missing = this.#length();
        continue;
      }
      const end = Math.min(at + this.#missing, chunk.length);
      this.#missing -= end - at;
      if (this.#missing > 0) this.#sink.hold(chunk, at, end);
      else {
        while (!this.#sink.put(chunk, at, end, PREFIX + this.#sink.held + end - at)) yield;
        this.#prefixed = 0;
      }
      at = end;
    }
  }

  end(): Iterable<void> {
    if (this.#prefixed > 0) throw endsInside(this.#sink);
    return [];
  }

  #length(): number {
    const length = this.#prefix.readUInt32LE();
    const record = this.#sink.records + 1;
    if (length === 0) {
      throw new RingwireError('DECODING_ERROR', `record ${record} is empty: a channel has no empty records`);
    }
    if (length > this.#sink.maxLength) {
      throw new RingwireError(
        'MAX_RECORD_LENGTH_EXCEEDED',
        `the prefix of record ${record} is ${length} bytes, the limit of this channel is ${this.#sink.maxLength}: use a larger --max-message-length or --capacity, or check the framing`,
        { recordLength: length, maxAllowed: this.#sink.maxLength },
      );
    }
    return length;
  }
}

/** Records of one size. */
export class FixedFramer implements Framer {
  readonly #sink: RecordSink;
  readonly #size: number;

  /** @throws RingwireError `INVALID_ARGUMENT` unless `size` is a whole number from 1 */
  constructor(sink: RecordSink, size: number) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RingwireError(
        'INVALID_ARGUMENT',
        `the size of records must be a whole number from 1, not ${size}`,
      );
    }
    this.#sink = sink;
    this.#size = size;
  }

  *take(chunk: Buffer): Generator<void, void> {
    const sink = this.#sink;
    const size = this.#size;
    let at = 0;
    while (at < chunk.length) {
      const end = at + size - sink.held;
      if (end > chunk.length) sink.hold(chunk, at, chunk.length);
      else while (!sink.put(chunk, at, end, size)) yield;
      at = end;
    }
  }

  end(): Iterable<void> {
    if (this.#sink.held > 0) throw endsInside(this.#sink);
    return [];
  }
}

/** Each chunk of input is one record, or several if it is longer than the longest record: any stream, byte for byte. */
export class ChunkFramer implements Framer {
  readonly #sink: RecordSink;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  *take(chunk: Buffer): Generator<void, void> {
    const size = this.#sink.maxLength;
    for (let at = 0; at < chunk.length; at += size) {
      const end = Math.min(at + size, chunk.length);
      while (!this.#sink.put(chunk, at, end, end - at)) yield;
    }
  }

  end(): Iterable<void> {
    return [];
  }
}

function endsInside(sink: RecordSink): RingwireError {
  return new RingwireError('DECODING_ERROR', `the input ends inside record ${sink.records + 1}`);
}

/** Options of the command line that choose a framer. */
export interface FramingOptions {
  readonly framing: Framing;
  /** Bytes of a record, with `fixed`. */
  readonly size?: number;
  readonly emptyLines: EmptyLines;
  readonly keepNewlines?: boolean;
}

/** The framer that the options ask for. */
export function framerFor(sink: RecordSink, options: FramingOptions): Framer {
  switch (options.framing) {
    case 'lines':
      return new LineFramer(sink, {
        keepNewlines: options.keepNewlines ?? false,
        emptyLines: options.emptyLines,
      });
    case 'length-prefixed':
      return new LengthPrefixedFramer(sink);
    case 'fixed':
      return new FixedFramer(sink, options.size as number);
    case 'chunks':
      return new ChunkFramer(sink);
  }
}
