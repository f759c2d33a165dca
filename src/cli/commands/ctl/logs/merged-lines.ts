/** The lines of several outputs in the order of their times. */
import type { LogStream, WireEntry } from '../../../../control/index.js';
import { printNote } from '../../../print.js';
import { type LogLine, OutputLines } from './output-lines.js';

/** Merges the outputs of the processes that it knows. */
export class MergedLines implements Disposable {
  readonly #streams: readonly LogStream[];
  readonly #outputs = new Map<string, OutputLines>();
  readonly #reported = new Map<string, number>();

  constructor(streams: readonly LogStream[]) {
    this.#streams = streams;
  }

  /**
   * Adds the outputs of processes; those that are known stay as they are.
   * @throws RingwireError like {@link OutputLines.open}
   */
  add(entries: readonly WireEntry[]): void {
    for (const { id, channels } of entries) {
      for (const stream of this.#streams) {
        // A process that was registered again may have other channels.
        const key = `${id} ${stream} ${channels}`;
        if (channels === undefined || this.#outputs.has(key)) continue;
        const output = OutputLines.open(id, stream, channels);
        if (output !== null) this.#outputs.set(key, output);
      }
    }
  }

  /** The complete lines that exist now, oldest first. */
  *available(): Generator<LogLine, void, undefined> {
    for (;;) {
      let oldest: OutputLines | null = null;
      let time = 0n;
      for (const output of this.#outputs.values()) {
        const line = output.peek();
        if (line === null || (oldest !== null && line.time >= time)) continue;
        oldest = output;
        time = line.time;
      }
      const line = oldest?.peek();
      if (oldest === null || line === null || line === undefined) return;
      yield line;
      oldest.advance();
    }
  }

  /** The unfinished last line of each output, oldest first. */
  rests(): LogLine[] {
    return [...this.#outputs.values()]
      .flatMap((output) => output.rest() ?? [])
      .sort((a, b) => Number(a.time - b.time));
  }

  /** Notes on stderr what the manager overwrote before it was printed. */
  reportLosses(): void {
    for (const [key, { id, lost }] of this.#outputs) {
      const more = lost - (this.#reported.get(key) ?? 0);
      if (more === 0) continue;
      printNote(`${id}: ${more} pieces of output skipped: the manager has overwritten them`);
      this.#reported.set(key, lost);
    }
  }

  [Symbol.dispose](): void {
    for (const output of this.#outputs.values()) output[Symbol.dispose]();
    this.#outputs.clear();
  }
}
