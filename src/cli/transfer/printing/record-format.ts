/**
 * Formats of printed records. A record is printed in pieces, because the JSON text of a long record, six times its
 * length, may exceed the longest string.
 */
import { isUtf8 } from 'node:buffer';
import { safeJson, textForTerminal } from '../../rendering/printable.js';
import type { ByteOutput } from './byte-output.js';
import type { JsonRendering } from './json-records.js';

/** Formats in which a record can be printed. */
export const RECORD_FORMATS = ['lines', 'raw', 'hex', 'json', 'length-prefixed'] as const;
/** One of {@link RECORD_FORMATS}. */
export type RecordFormat = (typeof RECORD_FORMATS)[number];

const NEWLINE = 10;
const ROW = 16;
/** Bytes of a record in one piece: whole rows of a dump, and whole groups of three bytes for base64. */
const PIECE = 3 * ROW * 4096;

/** Prints records in one format. The record is the bytes from `start` to `end` of `source`. */
export interface RecordPrinter {
  /** Prints what precedes the record. */
  begin(source: Buffer, start: number, end: number, position: number): void;
  /** Prints the next piece, which begins at `at`. @returns where the piece after it begins */
  piece(source: Buffer, at: number, end: number): number;
  /** Prints what follows the record. */
  finish(source: Buffer, end: number): void;
}

/** How records are printed. */
export interface PrintingOptions {
  /** Replaces control characters of lines, which could control the terminal. */
  readonly forTerminal: boolean;
  /** Renders JSON records; null to print them like others. */
  readonly rendering: JsonRendering | null;
  /** Marks the records of one channel among several; null for a single channel. */
  readonly mark: ChannelMark | null;
}

/** Marks the records of a channel. Raw bytes and length-prefixed records stay as they are. */
export interface ChannelMark {
  /** The fields of the channel in JSON, as the beginning of an object. */
  readonly fields: string;
  /** The text before each record or dump. */
  readonly prefix: string;
}

/** A printer for `format`. */
export function recordPrinter(
  format: RecordFormat,
  output: ByteOutput,
  { forTerminal, rendering, mark }: PrintingOptions,
): RecordPrinter {
  const marked = (printer: RecordPrinter) =>
    mark === null ? printer : new Marked(printer, output, mark.prefix);
  switch (format) {
    case 'lines': {
      const lines = forTerminal ? new TerminalLines(output) : new Lines(output);
      return marked(rendering === null ? lines : new Rendered(lines, output, rendering, mark?.prefix));
    }
    case 'raw':
      return new Raw(output);
    case 'length-prefixed':
      return new LengthPrefixed(output);
    case 'json':
      return new Json(output, mark?.fields ?? '{');
    case 'hex':
      return marked(new HexDump(output));
  }
}

/** Prints the name of the channel before each record. */
class Marked implements RecordPrinter {
  readonly #printer: RecordPrinter;
  readonly #output: ByteOutput;
  readonly #prefix: string;

  constructor(printer: RecordPrinter, output: ByteOutput, prefix: string) {
    this.#printer = printer;
    this.#output = output;
    this.#prefix = prefix;
  }

  begin(source: Buffer, start: number, end: number, position: number): void {
    this.#output.appendText(this.#prefix);
    this.#printer.begin(source, start, end, position);
  }

  piece(source: Buffer, at: number, end: number): number {
    return this.#printer.piece(source, at, end);
  }

  finish(source: Buffer, end: number): void {
    this.#printer.finish(source, end);
  }
}

/** Longest record in bytes that is parsed as JSON. */
const LONGEST_JSON = 16 * 1024 * 1024;

/** Prints JSON records as the rendering has them, and other records as lines. */
class Rendered implements RecordPrinter {
  readonly #lines: RecordPrinter;
  readonly #output: ByteOutput;
  readonly #rendering: JsonRendering;
  /** What separates two lines of a record. */
  readonly #newline: string;
  /** The text of the current record; null if it is printed as lines. */
  #text: string | null = null;

  /** @param prefix the text before each line of a record */
  constructor(lines: RecordPrinter, output: ByteOutput, rendering: JsonRendering, prefix = '') {
    this.#lines = lines;
    this.#output = output;
    this.#rendering = rendering;
    this.#newline = `\n${prefix}`;
  }

  begin(source: Buffer, start: number, end: number, position: number): void {
    const isShort = end - start <= LONGEST_JSON;
    this.#text = isShort ? this.#rendering(source.toString('utf8', start, end)) : null;
    if (this.#text === null) this.#lines.begin(source, start, end, position);
  }

  piece(source: Buffer, at: number, end: number): number {
    if (this.#text === null) return this.#lines.piece(source, at, end);
    this.#output.appendText(`${this.#text.replaceAll('\n', this.#newline)}\n`);
    return end;
  }

  finish(source: Buffer, end: number): void {
    if (this.#text === null) this.#lines.finish(source, end);
  }
}

class Raw implements RecordPrinter {
  protected readonly output: ByteOutput;

  constructor(output: ByteOutput) {
    this.output = output;
  }

  begin(_source: Buffer, _start: number, _end: number, _position: number): void {}

  piece(source: Buffer, at: number, end: number): number {
    const next = Math.min(at + PIECE, end);
    this.output.append(source, at, next - at);
    return next;
  }

  finish(_source: Buffer, _end: number): void {}
}

class LengthPrefixed extends Raw {
  override begin(_source: Buffer, start: number, end: number): void {
    this.output.appendUint32(end - start);
  }
}

/** A record that ends in a newline (a kept one, or an empty line) gets no second one. */
class Lines extends Raw {
  override piece(source: Buffer, at: number, end: number): number {
    const next = Math.min(at + PIECE, end);
    if (next === end && source[end - 1] !== NEWLINE) this.output.appendLine(source, at, next - at);
    else this.output.append(source, at, next - at);
    return next;
  }
}

class TerminalLines extends Raw {
  override finish(source: Buffer, end: number): void {
    if (source[end - 1] !== NEWLINE) this.output.appendText('\n');
  }

  override piece(source: Buffer, at: number, end: number): number {
    const next = endOfCharacter(source, at + PIECE, end);
    this.output.appendText(textForTerminal(source.toString('utf8', at, next)));
    return next;
  }
}

/** Text if the bytes are UTF-8, else base64. */
class Json extends Raw {
  readonly #head: string;
  #encoding: 'utf8' | 'base64' = 'utf8';

  /** @param head the beginning of each object: `{`, or fields that precede the position */
  constructor(output: ByteOutput, head: string) {
    super(output);
    this.#head = head;
  }

  override begin(source: Buffer, start: number, end: number, position: number): void {
    this.#encoding = isUtf8(source.subarray(start, end)) ? 'utf8' : 'base64';
    const length = end - start;
    this.output.appendText(
      `${this.#head}"position":${position},"length":${length},"encoding":"${this.#encoding}","data":"`,
    );
  }

  override piece(source: Buffer, at: number, end: number): number {
    const isText = this.#encoding === 'utf8';
    const next = isText ? endOfCharacter(source, at + PIECE, end) : Math.min(at + PIECE, end);
    const text = source.toString(this.#encoding, at, next);
    this.output.appendText(isText ? safeJson(JSON.stringify(text)).slice(1, -1) : text);
    return next;
  }

  override finish(): void {
    this.output.appendText('"}\n');
  }
}

/** A dump: offset in the record, 16 bytes, and their printable characters. */
class HexDump extends Raw {
  #start = 0;

  override begin(_source: Buffer, start: number, end: number, position: number): void {
    this.#start = start;
    this.output.appendText(`position ${position}, ${end - start} bytes\n`);
  }

  override piece(source: Buffer, from: number, end: number): number {
    const next = Math.min(from + PIECE, end);
    let text = '';
    for (let at = from; at < next; at += ROW) {
      const row = source.subarray(at, Math.min(at + ROW, next));
      const hex = row
        .toString('hex')
        .replace(/../g, '$& ')
        .padEnd(ROW * 3);
      const letters = row.toString('latin1').replace(/[^ -~]/g, '.');
      const offset = (at - this.#start).toString(16).padStart(8, '0');
      text += `${offset}  ${hex.slice(0, 24)} ${hex.slice(24)} |${letters}|\n`;
    }
    this.output.appendText(text);
    return next;
  }
}

/** The first place from `at` on where a character of UTF-8 begins, at most three bytes further. */
function endOfCharacter(source: Buffer, at: number, end: number): number {
  let next = Math.min(at, end);
  for (let i = 0; i < 3 && next < end && ((source[next] as number) & 0xc0) === 0x80; i++) next++;
  return next;
}
