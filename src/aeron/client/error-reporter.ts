/** Where errors of the conductor and of user code that it calls go. */
export class ErrorReporter {
  readonly #onError: (error: Error) => void;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /** User code must not end the conductor. */
  guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.report(error as Error);
    }
  }

  /** What an error handler throws has nowhere else to go. */
  report(error: Error): void {
    try {
      this.#onError(error);
    } catch (thrown) {
      process.emitWarning(thrown as Error);
    }
  }
}
