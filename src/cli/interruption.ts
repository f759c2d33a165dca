/** SIGINT and SIGTERM: the first asks the command to end cleanly, the second ends it at once. */
import { isPipeBroken, requireLibc } from '../platform/index.js';
import { ExitCode } from './exit-codes.js';

const STDOUT = 1;
/** Milliseconds between two checks of the reader of the output. */
const LOOK_MILLIS = 100;

/** Takes the signals of this process until it is disposed. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  #code: ExitCode | undefined;
  #look: NodeJS.Timeout | undefined;
  readonly #onSigint = () => this.#interrupt(ExitCode.Interrupted);
  readonly #onSigterm = () => this.#interrupt(ExitCode.Terminated);

  constructor() {
    process.on('SIGINT', this.#onSigint);
    process.on('SIGTERM', this.#onSigterm);
  }

  /** Aborts at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code of the received signal; undefined without one. */
  get exitCode(): ExitCode | undefined {
    return this.#code;
  }

  /**
   * Ends the command, with exit code 0, as soon as the reader of its output has ended. Otherwise a command that prints
   * nothing for a while, as in `tail | head -1`, would notice it only at its next write.
   * @throws RingwireError `UNSUPPORTED_PLATFORM` or `NATIVE_MODULE_MISSING` here, and not in the timer
   */
  endWithOutput(): void {
    requireLibc();
    this.#look = setInterval(() => {
      if (!isPipeBroken(STDOUT)) return;
      clearInterval(this.#look);
      this.#controller.abort();
    }, LOOK_MILLIS);
    this.#look.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#look);
    process.off('SIGINT', this.#onSigint);
    process.off('SIGTERM', this.#onSigterm);
  }

  #interrupt(code: ExitCode): void {
    if (this.#code !== undefined) process.exit(code);
    this.#code = code;
    this.#controller.abort();
  }
}
