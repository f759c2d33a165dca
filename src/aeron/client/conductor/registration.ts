/** A request to the driver that can be awaited, polled or cancelled. */
import { onAbort } from '../../../platform/index.js';
import type { AeronError } from '../aeron-error.js';

/** Options of every request. */
export interface RequestOptions {
  /** Cancels the request; the driver removes a resource that it has already created. Default: none. */
  readonly signal?: AbortSignal;
}

/**
 * A pending request. {@link result} settles like the promise of the method without `async`. A rejection of it is never
 * reported as unhandled, because {@link poll} throws the error.
 *
 * @example
 * const request = aeron.asyncAddPublication('aeron:ipc', 10);
 * while (request.poll() === null) aeron.doWork();
 */
export class Registration<T> {
  /** Correlation id of the request, which is the registration id of the new resource. Available immediately. */
  readonly registrationId: bigint;
  /** The resource. Rejects with an AeronError or with the reason of the cancellation. */
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

  /** The resource, or null while the request is pending. @throws AeronError, or the reason of the cancellation */
  poll(): T | null {
    if (this.#failure !== null) throw this.#failure.error;
    return this.#value;
  }

  /** Cancels the request; the driver removes a resource that it has already created. Does nothing after the response. */
  cancel(
    reason: AeronError | Error = new DOMException('the registration was cancelled', 'AbortError'),
  ): void {
    this.#cancel(reason);
  }
}

/** Awaits a request; cancels it when the signal is aborted. */
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
