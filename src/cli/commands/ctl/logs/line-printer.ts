/** Prints lines of output: with the names of their processes, or as they are. */
import { prefixedLine, printBytes } from '../../../print.js';
import { coloursFor } from '../../../rendering/colours.js';
import { ProcessPrefixes } from '../../../rendering/ctl/process-prefix.js';
import { dateAndTime, dateOf } from '../../../rendering/ctl/times.js';
import { safeJson } from '../../../rendering/printable.js';
import type { LogLine } from './output-lines.js';

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

  constructor(options: LinePrinterOptions) {
    this.#options = options;
  }

  /** Makes room for the names of processes. */
  expect(ids: Iterable<string>): void {
    for (const id of ids) this.#prefixes.add(id);
  }

  /** Prints a line. Resolves when the output takes more, or the signal aborts. */
  async print(line: LogLine): Promise<void> {
    const { named, json, raw, signal } = this.#options;
    const output = line.stream === 0 || named || json ? process.stdout : process.stderr;
    const bytes = json ? jsonOf(line) : prefixedLine(output, this.#prefixOf(line), line.text, raw);
    await printBytes(output, bytes, signal);
  }

  #prefixOf({ id, stream, time }: LogLine): string {
    const { named, timestamps } = this.#options;
    const date = timestamps ? `${this.#colours.dim(dateAndTime(dateOf(time)))} ` : '';
    return date + (named ? this.#prefixes.ofLine(id, stream) : '');
  }
}

function jsonOf({ id, stream, time, text }: LogLine): string {
  const date = dateOf(time).toISOString();
  const name = stream === 0 ? 'stdout' : 'stderr';
  return `${safeJson(JSON.stringify({ id, stream: name, time: String(time), date, line: text.toString() }))}\n`;
}
