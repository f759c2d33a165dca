/** Requests that the driver has not answered yet. */
import * as commands from '../../layout/command-layouts.js';
import type { MessageLayout } from '../../layout/message-layout.js';
import { AeronError, AeronErrorCode } from '../aeron-error.js';
import type { ErrorReporter } from '../error-reporter.js';
import type { CommandRing } from './command-ring.js';
import { Registration } from './registration.js';

interface Pending {
  readonly what: string;
  readonly deadline: number;
  readonly settle: (response: never) => void;
  readonly reject: (error: unknown) => void;
  /** The command that removes the resource of a cancelled request. */
  readonly undo: MessageLayout<Removal> | null;
}

type Removal = typeof commands.REMOVE_COUNTER extends MessageLayout<infer F> ? F : never;
// biome-ignore lint/suspicious/noExplicitAny: layouts of different messages; callers give the values of theirs
export type AnyLayout = MessageLayout<any>;

/** Pending requests by their correlation ids. */
export class PendingRequests {
  readonly #ring: CommandRing;
  readonly #clientId: bigint;
  readonly #timeoutMillis: number;
  readonly #reporter: ErrorReporter;
  readonly #pending = new Map<bigint, Pending>();
  /** The error of every request after the end of the client. */
  #closed: AeronError | null = null;

  constructor(ring: CommandRing, clientId: bigint, timeoutMillis: number, reporter: ErrorReporter) {
    this.#ring = ring;
    this.#clientId = clientId;
    this.#timeoutMillis = timeoutMillis;
    this.#reporter = reporter;
  }

  get isEmpty(): boolean {
    return this.#pending.size === 0;
  }

  /** @throws AeronError when the client is closed */
  nextCorrelationId(): bigint {
    this.#requireOpen();
    return this.#ring.nextCorrelationId();
  }

  /** @throws AeronError when the client is closed or the command cannot be written */
  send<T, R>(
    layout: AnyLayout,
    values: object,
    make: (response: R) => T,
    undo: MessageLayout<Removal> | null = null,
  ): Registration<T> {
    this.#requireOpen();
    const correlationId = this.#ring.nextCorrelationId();
    const registration = new Registration<T>(correlationId, (reason) => this.#cancel(correlationId, reason));
    this.#pending.set(correlationId, {
      what: layout.name,
      deadline: performance.now() + this.#timeoutMillis,
      settle: (response) => {
        try {
          registration.succeed(make(response as R));
        } catch (error) {
          registration.fail(error);
        }
      },
      reject: (error) => registration.fail(error),
      undo,
    });
    try {
      if (this.write(layout, { ...values, clientId: this.#clientId, correlationId })) return registration;
    } catch (error) {
      this.#pending.delete(correlationId);
      throw error;
    }
    this.#pending.delete(correlationId);
    throw new AeronError(
      AeronErrorCode.RingFull,
      'the command ring of the driver is full: check that the driver is running',
    );
  }

  /** Sends a removal. Any answer, also an error, means that the resource no longer exists. */
  forget(layout: AnyLayout, values: object): void {
    if (this.#closed !== null) return;
    // If the removal cannot be sent, the driver removes the resource together with this client.
    this.#reporter.guard(() => void this.send(layout, values, () => undefined));
  }

  /** Writes a command that has no answer. @returns false when the ring is full */
  write(layout: AnyLayout, values: object): boolean {
    return this.#ring.write(layout.typeId, layout.encode(values as never));
  }

  /** Resolves a request with the response of the driver. */
  settle(correlationId: bigint, values: unknown): void {
    const pending = this.#pending.get(correlationId);
    this.#pending.delete(correlationId);
    pending?.settle(values as never);
  }

  /** Rejects a request with the error of the driver. @returns whether the request was pending */
  reject(correlationId: bigint, error: AeronError): boolean {
    const pending = this.#pending.get(correlationId);
    this.#pending.delete(correlationId);
    pending?.reject(error);
    return pending !== undefined;
  }

  /** Rejects requests after their timeout. @param now monotonic milliseconds */
  expire(now: number): void {
    for (const [correlationId, { deadline, what }] of this.#pending) {
      if (now < deadline) continue;
      this.#cancel(
        correlationId,
        new AeronError(
          AeronErrorCode.DriverTimeout,
          `the driver did not answer ${what} within ${this.#timeoutMillis} ms`,
        ),
      );
    }
  }

  /**
   * Rejects all requests; no command is sent afterwards.
   * @param reason why the client ended; null: the user closed it
   */
  close(reason: AeronError | null): void {
    this.#closed = clientClosed(reason);
    for (const pending of this.#pending.values()) pending.reject(this.#closed);
    this.#pending.clear();
  }

  #requireOpen(): void {
    // A new error, so that its stack names the call.
    if (this.#closed !== null) throw new AeronError(this.#closed.errorCode, this.#closed.message);
  }

  /** Rejects a request and removes its resource, which the driver may have created already. */
  #cancel(correlationId: bigint, reason: unknown): void {
    const pending = this.#pending.get(correlationId);
    if (pending === undefined) return;
    this.#pending.delete(correlationId);
    pending.reject(reason);
    if (pending.undo === null) return;
    const flags = pending.undo.typeId === commands.REMOVE_PUBLICATION.typeId ? { flags: 0n } : {};
    this.forget(pending.undo, { registrationId: correlationId, ...flags });
  }
}

function clientClosed(reason: AeronError | null): AeronError {
  return reason ?? new AeronError(AeronErrorCode.ClientTimeout, 'this Aeron client is closed: connect again');
}
