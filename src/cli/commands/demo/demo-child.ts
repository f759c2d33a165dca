/** The command's side of a process of the demo. */
import { type ChildProcess, fork } from 'node:child_process';
import { onAbort } from '../../../platform/index.js';
import type { DemoOrder, DemoProgress, DemoReport, ReaderResult, WriterResult } from './demo-messages.js';

/** How the command controls a process of the demo. */
export interface DemoChildOptions {
  /** Kills the process. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DemoProgress) => void;
}

/** The command's handle of one process. */
export class DemoChild {
  writerResult: WriterResult | undefined;
  readerResult: ReaderResult | undefined;
  readonly faults: string[] = [];
  /** Resolves with false if the process ends before it is ready. */
  readonly ready: Promise<boolean>;
  /** Resolves when the process has sent its result, or has ended. */
  readonly done: Promise<void>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  constructor(name: 'writer' | 'reader', { signal, onProgress }: DemoChildOptions) {
    this.#name = name;
    this.#child = fork(new URL(`${name}-process.js`, import.meta.url), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const exited = deferred<void>();
    const ready = deferred<boolean>();
    const done = deferred<void>();
    this.#exited = exited.promise;
    this.ready = ready.promise;
    this.done = done.promise;
    this.#child.on('message', (message) => {
      const report = message as DemoReport;
      if (report.report === 'progress') return onProgress(report);
      if (report.report === 'ready') return ready.resolve(true);
      this.#take(report);
      ready.resolve(false);
      done.resolve();
    });
    this.#child.on('error', (error) => this.faults.push(`${this.#name}: ${error.message}`));
    this.#child.on('close', (code, killedBy) => {
      if (code !== 0 && !signal.aborted && !this.#hasResult)
        this.faults.push(`${this.#name}: ended early (${killedBy ?? `exit code ${code}`})`);
      ready.resolve(false);
      done.resolve();
      exited.resolve();
    });
    onAbort(signal, () => this.#child.kill('SIGKILL'));
  }

  /** Process id; undefined when the process could not start. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends an order, unless the process has ended. */
  order(order: DemoOrder): void {
    if (this.#child.connected) this.#child.send(order);
  }

  /** Kills the process; resolves when it has ended. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  get #hasResult(): boolean {
    return this.writerResult !== undefined || this.readerResult !== undefined;
  }

  #take(report: Exclude<DemoReport, { report: 'progress' | 'ready' }>): void {
    if (report.report === 'failed') this.faults.push(`${this.#name}: ${report.message}`);
    else if (report.report === 'writer done') this.writerResult = report.result;
    else this.readerResult = report.result;
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
