/** Prints lines of output: with the names of their processes, or as they are. */
import { prefixedLines, printBytes } from '../../../print.js';
import { coloursFor } from '../../../rendering/colours.js';
import { ProcessPrefixes } from '../../../rendering/ctl/process-prefix.js';
import { dateAndTime, dateOf } from '../../../rendering/ctl/times.js';
import { safeJson } from '../../../rendering/printable.js';
import type { LogLine } from './output-lines.js';

/** Bytes that are collected for one write. */
const BATCH = 64 * 1024;

/** How lines are printed. */
export interface LinePrinterOptions {
  /** Prints all lines to stdout, after the names of their processes. Otherwise each stream goes to its own output. */
  readonly named: boolean;
  readonly timestamps: boolean;
  readonly raw: boolean;
  readonly json: boolean;
  /** Ends the wait for a slow reader of the output. */
  readonly signal: AbortSignal;
}

/** Prints the lines of one command. */
export class LinePrinter {
  readonly #options: LinePrinterOptions;
  readonly #colours = coloursFor(process.stdout);
  readonly #prefixes = new ProcessPrefixes(this.#colours);
  /** The output of the lines that wait. */
  #output: NodeJS.WriteStream = process.stdout;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(options: LinePrinterOptions) {
    this.#options = options;
  }

  /** Makes room for the names of processes. */
  expect(ids: Iterable<string>): void {
    for (const id of ids) this.#prefixes.add(id);
  }

  /** Takes a line. Resolves when the output takes more, or the signal aborts. */
  async print(line: LogLine): Promise<void> {
    const { named, json, raw } = this.#options;
    const output = line.stream === 0 || named || json ? process.stdout : process.stderr;
    if (output !== this.#output) await this.flush();
    this.#output = output;
    const bytes = json ? jsonOf(line) : prefixedLines(output, this.#prefixOf(line), [line.text], raw);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= BATCH) await this.flush();
  }

  /** Prints the lines that wait. */
  async flush(): Promise<void> {
    if (this.#waitingBytes === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await printBytes(this.#output, bytes, this.#options.signal);
  }

  #prefixOf({ id, stream, time }: LogLine): string {
    const { named, timestamps } = this.#options;
    const date = timestamps ? `${this.#colours.dim(dateAndTime(dateOf(time)))} ` : '';
    return date + (named ? this.#prefixes.ofLine(id, stream) : '');
  }
}

function jsonOf({ id, stream, time, text }: LogLine): Buffer {
  const date = dateOf(time).toISOString();
  const name = stream === 0 ? 'stdout' : 'stderr';
  const line = text.toString();
  return Buffer.from(`${safeJson(JSON.stringify({ id, stream: name, time: String(time), date, line }))}\n`);
}
