/**
 * Formats of printed records. A record is printed in pieces, because the JSON text of a long record, six times its
 * length, may exceed the longest string.
 */
import { isUtf8 } from 'node:buffer';
import { safeJson, textForTerminal } from '../rendering/printable.js';
import type { ByteOutput } from './byte-output.js';

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

/** A printer for `format`. @param forTerminal removes control characters of lines, which could control the terminal */
export function recordPrinter(format: RecordFormat, output: ByteOutput, forTerminal = false): RecordPrinter {
  switch (format) {
    case 'lines':
      return forTerminal ? new TerminalLines(output) : new Lines(output);
    case 'raw':
      return new Raw(output);
    case 'length-prefixed':
      return new LengthPrefixed(output);
    case 'json':
      return new Json(output);
    case 'hex':
      return new HexDump(output);
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
  #encoding: 'utf8' | 'base64' = 'utf8';

  override begin(source: Buffer, start: number, end: number, position: number): void {
    this.#encoding = isUtf8(source.subarray(start, end)) ? 'utf8' : 'base64';
    const length = end - start;
    this.output.appendText(
      `{"position":${position},"length":${length},"encoding":"${this.#encoding}","data":"`,
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
