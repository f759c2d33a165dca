/**
 * Signals of a manager in the foreground. SIGINT, SIGTERM and SIGHUP (closed terminal) stop it in order; SIGHUP may
 * have another meaning. A second
 * SIGINT or SIGTERM kills the children and ends it at once.
 */
import os from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and a wrapper such as npm both deliver one Ctrl-C: within this time it counts once. */
const SAME_MILLIS = 250;

/** Takes the signals of this process until it is disposed. */
export class ManagerSignals implements Disposable {
  readonly #controller = new AbortController();
  #firstAt = 0;
  /** Called at the second signal, right before the process exits. */
  kill: () => void = () => {};
  /** Called at SIGHUP, which then stops nothing; null lets SIGHUP stop the manager. */
  hangUp: (() => void) | null = null;

  constructor() {
    for (const name of SIGNALS) process.on(name, this.#receive);
  }

  /** Aborts at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the manager as a first signal does. */
  stop(): void {
    if (this.signal.aborted) return;
    this.#firstAt = performance.now();
    this.#controller.abort();
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) process.off(name, this.#receive);
  }

  readonly #receive = (name: NodeJS.Signals): void => {
    if (name === 'SIGHUP' && this.hangUp !== null) {
      this.hangUp();
    } else if (!this.signal.aborted) {
      this.stop();
    } else if (name !== 'SIGHUP' && performance.now() - this.#firstAt > SAME_MILLIS) {
      this.kill();
      process.exit(128 + os.constants.signals[name]);
    }
  };
}
