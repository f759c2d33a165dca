/** A live line during long work: only on a terminal, only on stderr. */

import yoctoSpinner, { type Spinner } from 'yocto-spinner';
import { setting } from '../platform/index.js';
import { forTerminal } from './rendering/printable.js';

const UPDATE_MILLIS = 100;

/** When the line appears. */
export interface ProgressOptions {
  /** Milliseconds before the line appears. Default 1000. */
  readonly afterMillis?: number;
  /** Whether records are printed to the same terminal, which a line would garble. Default false. */
  readonly sharesTerminal?: boolean;
}

/** Shows the line until it is disposed. */
export class Progress implements Disposable {
  readonly #describe: () => string;
  readonly #start: NodeJS.Timeout | undefined;
  readonly #showAt: number;
  #update: NodeJS.Timeout | undefined;
  #spinner: Spinner | undefined;

  /** @param describe returns the current text of the line */
  constructor(describe: () => string, options: ProgressOptions = {}) {
    this.#describe = describe;
    const afterMillis = options.afterMillis ?? 1000;
    this.#showAt = performance.now() + afterMillis;
    if (!canShow() || (options.sharesTerminal === true && process.stdout.isTTY)) return;
    this.#start = setTimeout(() => this.#show(), afterMillis);
    this.#start.unref();
  }

  /** Shows or updates the line now; for work that blocks the event loop. */
  refresh(): void {
    if (this.#start === undefined || performance.now() < this.#showAt) return;
    if (this.#spinner === undefined) this.#show();
    else this.#spinner.text = this.#text();
  }

  /** Removes the line. */
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
