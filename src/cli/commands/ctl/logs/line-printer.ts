/** Prints lines of output: with the names of their processes, or as they are. */
import { once } from 'node:events';
import { coloursFor } from '../../../rendering/colours.js';
import { forTerminal, safeJson, textForTerminal } from '../../../rendering/printable.js';
import { ProcessPrefixes } from '../../../rendering/process-prefix.js';
import { dateAndTime, dateOf } from '../../../rendering/times.js';
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
    const { named, json, signal } = this.#options;
    const output = line.stream === 0 || named || json ? process.stdout : process.stderr;
    if (output.write(json ? jsonOf(line) : this.#bytesOf(line, output))) return;
    await once(output, 'drain', { signal }).catch(() => {});
  }

  #bytesOf({ id, stream, time, text }: LogLine, output: NodeJS.WriteStream): Buffer {
    const { named, timestamps, raw } = this.#options;
    const date = timestamps ? `${this.#colours.dim(dateAndTime(dateOf(time)))} ` : '';
    const prefix = forTerminal(date + (named ? this.#prefixes.ofLine(id, stream) : ''));
    const data = raw || !output.isTTY ? text : Buffer.from(textForTerminal(text.toString()));
    return Buffer.concat([Buffer.from(prefix), data, Buffer.from('\n')]);
  }
}

function jsonOf({ id, stream, time, text }: LogLine): string {
  const date = dateOf(time).toISOString();
  const name = stream === 0 ? 'stdout' : 'stderr';
  return `${safeJson(JSON.stringify({ id, stream: name, time: String(time), date, line: text.toString() }))}\n`;
}
