/** The printing layer: all output of commands except the bytes of records. No text of another process controls a terminal. */
import { once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import { forTerminal, safeJson, textForTerminal } from './rendering/printable.js';

const NEWLINE = Buffer.from('\n');

/** Prints text of a command, with colors of `coloursFor`. */
export function printText(text: string): void {
  process.stdout.write(forTerminal(text));
}

/** Prints a text of another process: without control characters on a terminal, unchanged elsewhere. */
export function printData(text: string): void {
  process.stdout.write(process.stdout.isTTY ? textForTerminal(text) : text);
}

/**
 * Lines of another process, each after a prefix of the command; `raw` keeps their control characters on a terminal also.
 */
export function prefixedLines(
  output: NodeJS.WriteStream,
  prefix: string,
  lines: readonly Buffer[],
  raw: boolean,
): Buffer {
  const start = Buffer.from(forTerminal(prefix));
  const isSafe = raw || !output.isTTY;
  const shown = (line: Buffer) => (isSafe ? line : Buffer.from(textForTerminal(line.toString())));
  return Buffer.concat(lines.flatMap((line) => [start, shown(line), NEWLINE]));
}

/** Prints bytes that are ready for the output. Resolves when it takes more, or the signal aborts. */
export async function printBytes(
  output: NodeJS.WriteStream,
  data: string | Buffer,
  signal: AbortSignal,
): Promise<void> {
  if (output.write(data)) return;
  await once(output, 'drain', { signal }).catch(() => {});
}

/**
 * Prints a stream of bytes of another process: text without control characters on a terminal, else the bytes as they
 * are.
 */
export class BytePrinter {
  readonly #output: NodeJS.WriteStream;
  readonly #signal: AbortSignal;
  /** Completes characters whose bytes arrive in two pieces; null when the bytes pass unchanged. */
  readonly #decoder: StringDecoder | null;

  /** `raw` passes the bytes unchanged to a terminal also. An abort of `signal` ends the wait for a slow reader. */
  constructor(output: NodeJS.WriteStream, raw: boolean, signal: AbortSignal) {
    this.#output = output;
    this.#signal = signal;
    this.#decoder = output.isTTY && !raw ? new StringDecoder('utf8') : null;
  }

  /** Prints the next bytes. Resolves when the output takes more, or the signal aborts. */
  async print(bytes: Buffer): Promise<void> {
    await this.#write(this.#decoder === null ? bytes : textForTerminal(this.#decoder.write(bytes)));
  }

  /** Prints what is left of an incomplete last character. */
  async end(): Promise<void> {
    if (this.#decoder !== null) await this.#write(textForTerminal(this.#decoder.end()));
  }

  #write(data: string | Buffer): Promise<void> {
    return printBytes(this.#output, data, this.#signal);
  }
}

/** One JSON document and a newline. Numbers of 64 bits become strings, so that no reader rounds them. */
export function printJson(value: unknown): void {
  process.stdout.write(`${safeJson(JSON.stringify(value, bigintsAsStrings, 2))}\n`);
}

/** One JSON document in one line. */
export function printJsonLine(value: unknown): void {
  process.stdout.write(`${safeJson(JSON.stringify(value, bigintsAsStrings))}\n`);
}

/** A replacer for `JSON.stringify`: 64-bit numbers become strings. */
export function bigintsAsStrings(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** Prints a note for people on stderr; never mixed with the output. */
export function printNote(text: string): void {
  printError(`ringwire: ${text}`);
}

/** A line on stderr. */
export function printError(line: string): void {
  process.stderr.write(forTerminal(`${line}\n`));
}
