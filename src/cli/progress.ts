/** A line that lives while a command works: only on a terminal, only on stderr, only when it takes a while. */

import yoctoSpinner, { type Spinner } from 'yocto-spinner';
import { setting } from '../platform/index.js';
import { forTerminal } from './rendering/printable.js';

const UPDATE_MILLIS = 100;

export interface ProgressOptions {
  /** Milliseconds before the line appears, default 1000. */
  readonly afterMillis?: number;
  /** Whether records go to the same terminal, so that a line would garble them. */
  readonly sharesTerminal?: boolean;
}

export class Progress implements Disposable {
  readonly #describe: () => string;
  readonly #start: NodeJS.Timeout | undefined;
  readonly #showAt: number;
  #update: NodeJS.Timeout | undefined;
  #spinner: Spinner | undefined;

  /** `describe` gives the text, again and again. */
  constructor(describe: () => string, options: ProgressOptions = {}) {
    this.#describe = describe;
    const afterMillis = options.afterMillis ?? 1000;
    this.#showAt = performance.now() + afterMillis;
    if (!canShow() || (options.sharesTerminal === true && process.stdout.isTTY)) return;
    this.#start = setTimeout(() => this.#show(), afterMillis);
    this.#start.unref();
  }

  /** For work that keeps the event loop busy: shows the line, or brings it up to date, by itself. */
  refresh(): void {
    if (this.#start === undefined || performance.now() < this.#showAt) return;
    if (this.#spinner === undefined) this.#show();
    else this.#spinner.text = this.#text();
  }

  /** Takes the line away. */
  stop(): void {
    clearTimeout(this.#start);
    clearInterval(this.#update);
    this.#spinner?.stop();
    this.#spinner = undefined;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #text(): string {
    return forTerminal(this.#describe());
  }

  #show(): void {
    clearTimeout(this.#start);
    this.#spinner = yoctoSpinner({ text: this.#text(), stream: process.stderr, handleSignals: false });
    this.#spinner.start();
    this.#update = setInterval(() => {
      if (this.#spinner !== undefined) this.#spinner.text = this.#text();
    }, UPDATE_MILLIS);
    this.#update.unref();
  }
}

/** The condition of the spinner: without a terminal it would print a line for every update. */
function canShow(): boolean {
  return process.stderr.isTTY === true && setting('TERM') !== 'dumb' && setting('CI') === undefined;
}
