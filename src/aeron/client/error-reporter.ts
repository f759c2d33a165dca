/** Reports errors of the conductor and of the user code that it calls. */
export class ErrorReporter {
  readonly #onError: (error: Error) => void;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /** Calls user code and reports its error, so that the conductor continues. */
  guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.report(error as Error);
    }
  }

  /** Reports an error. An error of the error handler becomes a process warning. */
  report(error: Error): void {
    try {
      this.#onError(error);
    } catch (thrown) {
      process.emitWarning(thrown as Error);
    }
  }
}
