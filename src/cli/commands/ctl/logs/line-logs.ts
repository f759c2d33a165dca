/** `ringwire ctl logs` by lines: several processes merged, chosen lines, with times. */
import {
  type ControlClient,
  ControlError,
  type LogStream,
  type WireEntry,
} from '../../../../control/index.js';
import { delay } from '../../../../platform/index.js';
import type { LinePrinter } from './line-printer.js';
import { MergedLines } from './merged-lines.js';
import type { LogLine } from './output-lines.js';

/** Milliseconds between two looks at quiet outputs. */
const LOOK_MILLIS = 50;

/** Which lines are printed. */
export interface LineChoice {
  /** Ids of the processes; empty for all, also those that are registered later. */
  readonly ids: readonly string[];
  readonly streams: readonly LogStream[];
  /** Unix nanoseconds of the first line at the earliest; 0n means no limit. */
  readonly since: bigint;
  /** Unix nanoseconds of the last line at the latest. */
  readonly until: bigint | undefined;
  readonly grep: RegExp | undefined;
  /** Number of last lines among those that are kept; 0 means all. */
  readonly lines: number;
  /** Continue with new lines until the manager ends. */
  readonly follow: boolean;
}

/** Prints lines until there are no more, the manager ends or the signal aborts. */
export class LineLogs implements Disposable {
  readonly #client: ControlClient;
  readonly #choice: LineChoice;
  readonly #printer: LinePrinter;
  readonly #signal: AbortSignal;
  readonly #merged: MergedLines;

  constructor(client: ControlClient, choice: LineChoice, printer: LinePrinter, signal: AbortSignal) {
    this.#client = client;
    this.#choice = choice;
    this.#printer = printer;
    this.#signal = signal;
    this.#merged = new MergedLines(choice.streams);
  }

  /** @throws ControlError; RingwireError when the rings of the manager cannot be read */
  async run(): Promise<void> {
    const { follow } = this.#choice;
    using changes = follow ? new ProcessChanges(this.#client, this.#signal) : null;
    await this.#look();
    await this.#printKept();
    if (changes === null) return;
    await this.#follow(changes);
    for (const line of this.#merged.rests()) if (this.#isChosen(line)) await this.#printer.print(line);
    await this.#printer.flush();
  }

  [Symbol.dispose](): void {
    this.#merged[Symbol.dispose]();
  }

  async #printKept(): Promise<void> {
    const { lines } = this.#choice;
    let kept: LogLine[] = [];
    for (const line of this.#kept()) {
      if (this.#signal.aborted) return;
      if (!this.#isChosen(line)) continue;
      if (lines === 0) await this.#printer.print(line);
      else kept.push(line);
      if (kept.length >= 2 * lines) kept = kept.slice(-lines);
    }
    if (lines > 0) for (const line of kept.slice(-lines)) await this.#printer.print(line);
    await this.#printer.flush();
    this.#merged.reportLosses();
  }

  /** An unfinished last line counts, unless it may still be completed. */
  *#kept(): Generator<LogLine, void, undefined> {
    yield* this.#merged.available();
    if (!this.#choice.follow) yield* this.#merged.rests();
  }

  async #follow(changes: ProcessChanges): Promise<void> {
    const { until } = this.#choice;
    while (!this.#signal.aborted) {
      const isLast = changes.ended || (until !== undefined && nowNanos() > until);
      if (changes.take()) await this.#look();
      for (const line of this.#merged.available()) {
        if (this.#signal.aborted) return;
        if (this.#isChosen(line)) await this.#printer.print(line);
      }
      await this.#printer.flush();
      this.#merged.reportLosses();
      if (isLast) return;
      await delay(LOOK_MILLIS, this.#signal);
    }
  }

  /** Adds the outputs of processes that have started since the last look. */
  async #look(): Promise<void> {
    let entries: readonly WireEntry[];
    try {
      entries = await this.#client.list({ signal: this.#signal });
    } catch (error) {
      // The end of the manager ends the follow.
      if (error instanceof ControlError && error.code === 'CLOSED' && this.#choice.follow) return;
      throw error;
    }
    const { ids } = this.#choice;
    const chosen = entries.filter(({ id }) => ids.length === 0 || ids.includes(id));
    if (chosen.some(({ channels }) => channels === undefined)) throw withoutTimes();
    this.#printer.expect(chosen.map(({ id }) => id));
    this.#merged.add(chosen);
  }

  #isChosen({ time, text }: LogLine): boolean {
    const { since, until, grep } = this.#choice;
    if (time < since) return false;
    if (until !== undefined && time > until) return false;
    return grep === undefined || grep.test(text.toString());
  }
}

/** Whether processes have started, and whether the manager has ended; from its events. */
class ProcessChanges implements Disposable {
  ended = false;
  #changed = false;
  readonly #closing = new AbortController();

  constructor(client: ControlClient, signal: AbortSignal) {
    void this.#watch(client, AbortSignal.any([signal, this.#closing.signal]));
  }

  /** True once for each change. */
  take(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  [Symbol.dispose](): void {
    this.#closing.abort();
  }

  async #watch(client: ControlClient, signal: AbortSignal): Promise<void> {
    try {
      const types = ['process.starting', 'process.started'];
      for await (const _ of client.events({ types, signal })) this.#changed = true;
    } catch {
      // Aborted, or the connection broke: both end the follow.
    }
    this.ended = true;
  }
}

function withoutTimes(): ControlError {
  return new ControlError(
    'NOT_SUPPORTED',
    'this manager records no times: name one process, without --until, --grep and --timestamps',
  );
}

function nowNanos(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
