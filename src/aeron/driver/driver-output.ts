/** The output of a driver: responses to all clients, counters and error log. */
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import { BroadcastTransmitter } from '../client/conductor/broadcast.js';
import type { MessageLayout, ValuesOf } from '../layout/message-layout.js';
import * as responses from '../layout/response-layouts.js';
import { SystemCounterId } from '../layout/system-counter-ids.js';
import { CountersManager } from './counters-manager.js';
import type { DriverDirectory } from './driver-directory.js';
import { ErrorLogWriter } from './error-log-writer.js';

// biome-ignore lint/suspicious/noExplicitAny: layouts of different messages; callers give the values of theirs
export type AnyLayout = MessageLayout<any>;
/** The values of a layout. */
export type Values<L> = L extends MessageLayout<infer F> ? ValuesOf<F> : never;

/** Responses, counters and errors of a driver. */
export class DriverOutput {
  /** The counters of the driver. */
  readonly counters: CountersManager;
  readonly #responses: BroadcastTransmitter;
  readonly #errors: ErrorLogWriter;

  constructor(directory: DriverDirectory, counterReuseMs: number) {
    this.counters = new CountersManager(
      directory.section('counterMetadata'),
      directory.section('counterValues'),
      counterReuseMs,
    );
    this.#responses = new BroadcastTransmitter(directory.section('toClients'));
    this.#errors = new ErrorLogWriter(directory.section('errorLog'));
  }

  send<L extends AnyLayout>(layout: L, values: Values<L>): void {
    this.#responses.transmit(layout.typeId, layout.encode(values));
  }

  /** Writes an error to the error log only. */
  note(message: string): void {
    this.#errors.record(message, Date.now());
  }

  /** Records and counts an error. Sends it to the client if a command failed. */
  fail(error: unknown, correlationId: bigint | null): void {
    const errorCode = error instanceof AeronError ? error.errorCode : AeronErrorCode.Generic;
    const message = error instanceof Error ? error.message : String(error);
    this.counters.add(SystemCounterId.Errors, 1n);
    this.note(message);
    if (correlationId !== null) {
      this.send(responses.ON_ERROR, { offendingCorrelationId: correlationId, errorCode, message });
    }
  }

  /** Runs a call and records its error, so that the duty cycle continues. */
  guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.fail(error, null);
    }
  }
}
