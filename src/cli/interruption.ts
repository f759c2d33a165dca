/** SIGINT and SIGTERM: the first asks the command to come to a clean end, the second ends it where it stands. */
import { ExitCode } from './exit-codes.js';

export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  #code: ExitCode | undefined;
  readonly #onSigint = () => this.#interrupt(ExitCode.Interrupted);
  readonly #onSigterm = () => this.#interrupt(ExitCode.Terminated);

  constructor() {
    process.on('SIGINT', this.#onSigint);
    process.on('SIGTERM', this.#onSigterm);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code of the signal that came, or undefined. */
  get exitCode(): ExitCode | undefined {
    return this.#code;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#onSigint);
    process.off('SIGTERM', this.#onSigterm);
  }

  #interrupt(code: ExitCode): void {
    if (this.#code !== undefined) process.exit(code);
    this.#code = code;
    this.#controller.abort();
  }
}
