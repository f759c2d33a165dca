/** What `ctl run` prints: dated events, and the output of the processes behind the name of each. */
import type { ControlEvent, LogStream, Watch, WireEntry } from '../../../../control/index.js';
import { reasonOf } from '../../../../platform/index.js';
import type { Manager } from '../../../../supervisor/index.js';
import { LiveOutput } from '../../../live-output.js';
import { printNote } from '../../../print.js';
import { type Colours, coloursFor } from '../../../rendering/colours.js';
import { eventWords } from '../../../rendering/ctl/event-line.js';
import { startTable } from '../../../rendering/ctl/process-list.js';
import { ProcessPrefixes } from '../../../rendering/ctl/process-prefix.js';
import { dateAndTime, dateOf } from '../../../rendering/ctl/times.js';
import { tableOptions } from '../../../rendering/fitting-table.js';
import { LineSplitter } from '../logs/line-splitter.js';

const STREAMS: readonly LogStream[] = [0, 1];
const ENDS = new Set(['process.stopped', 'process.crashed']);

/** Which part of the output is printed, and how. */
export interface PrinterOptions {
  /** Prints no output of the processes. Default: false. */
  readonly quiet?: boolean;
  /** Keeps control characters of processes on a terminal. Default: false. */
  readonly raw?: boolean;
}

/** Prints the events and the output of a manager until it is disposed. */
export class RunPrinter implements Disposable {
  readonly #manager: Manager;
  readonly #quiet: boolean;
  readonly #output: LiveOutput;
  readonly #colours: Colours = coloursFor(process.stdout);
  readonly #prefixes = new ProcessPrefixes(this.#colours);
  readonly #followed = new Map<string, readonly OutputFollower[]>();

  constructor(manager: Manager, { quiet = false, raw = false }: PrinterOptions) {
    this.#manager = manager;
    this.#quiet = quiet;
    this.#output = new LiveOutput(raw);
    manager.on('event', this.#onEvent);
  }

  /** Prints a text of the command. */
  print(text: string): void {
    this.#output.text(text);
  }

  /** Prints what is up and what is not. @param failed ids of the processes that could not be started */
  printStart(entries: readonly WireEntry[], failed: readonly string[]): void {
    // What is pending without a failure is not to be started with the others.
    const wanted = entries.filter(({ id, state }) => state !== 'pending' || failed.includes(id));
    const up = wanted.filter(({ state }) => state === 'running').length;
    const { green, yellow } = this.#colours;
    const colour = up === wanted.length ? green : yellow;
    this.print(`${colour(`${up} of ${wanted.length} processes are up`)}\n`);
    if (entries.length > 0) this.print(startTable(entries, tableOptions()));
  }

  [Symbol.dispose](): void {
    this.#manager.off('event', this.#onEvent);
    for (const followers of this.#followed.values()) for (const follower of followers) follower.close();
    this.#output[Symbol.dispose]();
  }

  readonly #onEvent = (event: ControlEvent): void => {
    const { id, type } = event;
    if (type === 'process.registered') {
      this.#prefixes.add(id);
      this.#unfollow(id);
      return;
    }
    if (id !== '') this.#follow(id);
    if (ENDS.has(type)) for (const follower of this.#followed.get(id) ?? []) follower.flush();
    const pid = type === 'process.started' ? this.#manager.statusOf(id).pid : undefined;
    const name = id === '' ? this.#prefixes.ofOther('manager') : this.#prefixes.of(id);
    const words = eventWords(event, pid, this.#colours);
    this.print(`${this.#colours.dim(dateAndTime(dateOf(event.time)))}  ${name}  ${words}\n`);
  };

  /** Begins with the first event after the registration: only then the manager knows the output of the process. */
  #follow(id: string): void {
    if (this.#quiet || this.#followed.has(id)) return;
    const followers: OutputFollower[] = [];
    this.#followed.set(id, followers);
    try {
      for (const stream of STREAMS) {
        const print = (lines: readonly Buffer[]) => {
          this.#output.lines(this.#prefixes.ofLine(id, stream), lines);
        };
        followers.push(new OutputFollower(this.#manager.watchLogs(id, stream), print));
      }
    } catch (error) {
      // An error here, of a full disk for example, must not end the manager.
      printNote(`${id}: cannot print its output: ${reasonOf(error)}`);
    }
  }

  #unfollow(id: string): void {
    for (const follower of this.#followed.get(id) ?? []) follower.close();
    this.#followed.delete(id);
  }
}

/** Follows one output of one process, line by line. */
class OutputFollower {
  readonly #watch: Watch<Uint8Array>;
  readonly #splitter = new LineSplitter();
  readonly #print: (lines: readonly Buffer[]) => void;

  constructor(watch: Watch<Uint8Array>, print: (lines: readonly Buffer[]) => void) {
    this.#watch = watch;
    this.#print = print;
    watch.onReadable(() => this.#take());
    this.#take();
  }

  /** Prints an unfinished last line also. */
  flush(): void {
    this.#take();
    const rest = this.#splitter.end();
    if (rest !== null) this.#print([rest]);
  }

  close(): void {
    this.flush();
    this.#watch.close();
  }

  #take(): void {
    for (let bytes = this.#watch.next(); bytes !== null; bytes = this.#watch.next()) {
      const lines = this.#splitter.push(bytes);
      if (lines.length > 0) this.#print(lines);
    }
  }
}
