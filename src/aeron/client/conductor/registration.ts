/** Something the driver was asked for: to be awaited, or looked at now and then, or given up. */
import { onAbort } from '../../../platform/index.js';
import type { AeronError } from '../aeron-error.js';

export interface RequestOptions {
  /** Gives the request up; the driver is told to forget it. */
  readonly signal?: AbortSignal;
}

/**
 * A request under way. `result` is the same as what the plain method answers; a failure that nobody awaits is not
 * reported as an unhandled rejection, because {@link poll} throws it.
 */
export class Registration<T> {
  /** The correlation id of the request; the registration id of what comes of it. */
  readonly registrationId: bigint;
  readonly result: Promise<T>;
  readonly #cancel: (reason: unknown) => void;
  #value: T | null = null;
  #failure: { readonly error: unknown } | null = null;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;

  /** @internal */
  constructor(registrationId: bigint, cancel: (reason: unknown) => void) {
    this.registrationId = registrationId;
    this.#cancel = cancel;
    this.result = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.result.catch(() => {});
  }

  /** @internal */
  succeed(value: T): void {
    this.#value = value;
    this.#resolve(value);
  }

  /** @internal */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#reject(error);
  }

  /** What was asked for, or null while the driver has not answered. @throws AeronError why it failed */
  poll(): T | null {
    if (this.#failure !== null) throw this.#failure.error;
    return this.#value;
  }

  /** Gives the request up: the driver is told to forget it. Does nothing once it was answered. */
  cancel(
    reason: AeronError | Error = new DOMException('the registration was cancelled', 'AbortError'),
  ): void {
    this.#cancel(reason);
  }
}

/** Awaits a request, which is cancelled when the signal is aborted. */
export async function awaited<T>(ask: () => Registration<T>, { signal }: RequestOptions): Promise<T> {
  signal?.throwIfAborted();
  const registration = ask();
  if (signal === undefined) return registration.result;
  const cancel = () => registration.cancel(signal.reason);
  const stopListening = onAbort(signal, cancel);
  try {
    return await registration.result;
  } finally {
    stopListening();
  }
}
