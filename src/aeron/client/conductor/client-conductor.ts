/**
 * The conductor of a client. It handles responses of the driver, stores the heartbeat of the client and checks the
 * heartbeat of the driver. All work runs inside {@link doWork}, so an object exists before the next response is handled.
 * Source: Aeron 1.53 `ClientConductor`.
 */
import { afterMs } from '../../../platform/index.js';
import * as commands from '../../layout/command-layouts.js';
import { AeronError, AeronErrorCode } from '../aeron-error.js';
import type { ResolvedAeronOptions } from '../client-options.js';
import { ErrorReporter } from '../error-reporter.js';
import { ClientHeartbeat } from './client-heartbeat.js';
import { ClientImages } from './client-images.js';
import { ClientResources, type ResourceEvents } from './client-resources.js';
import { DriverFeatures } from './driver-features.js';
import type { DriverFiles } from './driver-files.js';
import { DriverWatch } from './driver-watch.js';
import { LogPool } from './log-pool.js';
import { type AnyLayout, PendingRequests } from './pending-requests.js';
import type { Registration } from './registration.js';
import { type ResponseEvents, ResponseHandlers } from './response-handlers.js';

/** Events that the conductor reports to its client. */
export interface ConductorEvents extends ResourceEvents, ResponseEvents {
  error(error: Error): void;
  close(error: AeronError | null): void;
}

/** Most responses per duty cycle: a damaged buffer must not block the event loop. */
const MAX_RESPONSES = 10_000;

/** Runs the duty cycle of a client. */
export class ClientConductor {
  readonly clientId: bigint;
  /** Open publications, subscriptions and counters. */
  readonly resources: ClientResources;
  /** Features of the driver by its version. */
  readonly features: DriverFeatures;
  readonly #files: DriverFiles;
  readonly #options: ResolvedAeronOptions;
  readonly #events: ConductorEvents;
  readonly #logs: LogPool;
  readonly #reporter: ErrorReporter;
  readonly #requests: PendingRequests;
  readonly #images: ClientImages;
  readonly #watch: DriverWatch;
  readonly #responses: ResponseHandlers;
  #lastService = performance.now();
  #laps = 0;
  #damages = 0;
  #closed = false;

  constructor(files: DriverFiles, options: ResolvedAeronOptions, events: ConductorEvents) {
    this.#files = files;
    this.#options = options;
    this.#events = events;
    this.#logs = new LogPool(options.resourceLingerMs, {
      preTouch: options.preTouch,
      reserve: options.reserveLogs,
    });
    this.features = new DriverFeatures(files.counters);
    this.clientId = files.commands.nextCorrelationId();
    this.#reporter = new ErrorReporter((error) => events.error(error));
    this.#requests = new PendingRequests(
      files.commands,
      this.clientId,
      options.driverTimeoutMs,
      this.#reporter,
    );
    this.#images = new ClientImages(files, this.#logs, this.#reporter);
    this.resources = new ClientResources({
      files,
      logs: this.#logs,
      requests: this.#requests,
      images: this.#images,
      reporter: this.#reporter,
      events,
    });
    this.#responses = new ResponseHandlers({
      clientId: this.clientId,
      requests: this.#requests,
      resources: this.resources,
      images: this.#images,
      reporter: this.#reporter,
      events,
      clientTimedOut: () =>
        this.#forceClose(
          AeronErrorCode.ClientTimeout,
          'the driver removed this client because its heartbeat was late: connect again',
        ),
    });
    const heartbeat = new ClientHeartbeat(files, this.clientId, options.clientName);
    this.#watch = new DriverWatch(files.commands, heartbeat, options);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  nextCorrelationId(): bigint {
    return this.#requests.nextCorrelationId();
  }

  get hasPending(): boolean {
    return !this.#requests.isEmpty;
  }

  /** Runs one duty cycle. @returns responses handled */
  doWork(): number {
    if (this.#closed) return 0;
    const now = performance.now();
    const stalled = now - this.#lastService;
    this.#lastService = now;
    if (stalled > Number(this.#files.header.clientLivenessTimeoutNs) / 1e6) {
      this.#forceClose(
        AeronErrorCode.ServiceInterval,
        `the conductor did not run for ${Math.round(stalled)} ms: the event loop was blocked; connect again`,
      );
      return 0;
    }
    let work = 0;
    while (
      !this.#closed &&
      work < MAX_RESPONSES &&
      this.#files.responses.receive((typeId, payload) => this.#responses.handle(typeId, payload))
    )
      work++;
    if (!this.#closed) this.#onTime(now);
    return work;
  }

  /** Sends a command that the driver answers with a success without data. */
  command(layout: AnyLayout, values: object): Registration<bigint> {
    return this.#requests.send(layout, values, (ready: { correlationId: bigint }) => ready.correlationId);
  }

  nextSessionId(streamId: number): Registration<number> {
    return this.#requests.send(
      commands.GET_NEXT_AVAILABLE_SESSION_ID,
      { streamId },
      (ready: { nextSessionId: number }) => ready.nextSessionId,
    );
  }

  /** Sends TERMINATE_DRIVER, which the driver does not answer. */
  terminateDriver(token: Buffer): void {
    const head = { clientId: this.nextCorrelationId(), correlationId: this.nextCorrelationId() };
    this.#requests.write(commands.TERMINATE_DRIVER, { ...head, token });
  }

  /** Sends CLIENT_CLOSE and closes all resources. Mappings stay for the linger time. */
  close(): void {
    if (this.#closed) return;
    this.#requests.write(commands.CLIENT_CLOSE, { clientId: this.clientId, correlationId: -1n });
    this.#end(null);
  }

  #onTime(now: number): void {
    const { laps, damages } = this.#files.responses;
    if (laps > this.#laps) {
      this.#laps = laps;
      this.#reporter.report(
        new AeronError(
          AeronErrorCode.Generic,
          'responses of the driver were lost: this client did not read them in time',
        ),
      );
    }
    if (damages > this.#damages) {
      this.#damages = damages;
      this.#reporter.report(
        new AeronError(AeronErrorCode.Generic, 'skipped a damaged response of the driver'),
      );
    }
    this.#requests.expire(now);
    this.#logs.sweep(now);
    const lost = this.#watch.check(now);
    if (lost !== null) this.#forceClose(AeronErrorCode.DriverTimeout, lost);
  }

  #forceClose(code: number, message: string): void {
    const error = new AeronError(code, message);
    this.#end(error, () => this.#reporter.report(error));
  }

  /**
   * INV-AERON-CLOSE-01: all objects are marked closed before any file is unmapped, and files are unmapped after the
   * linger time. A caller that still polls finds closed objects, not unmapped memory.
   */
  #end(error: AeronError | null, report: () => void = () => {}): void {
    this.#closed = true;
    this.resources.forceClose(error);
    this.#requests.close(error);
    afterMs(this.#options.resourceLingerMs, () => {
      this.#logs.close();
      this.#files.close();
    }).unref();
    report();
    this.#reporter.guard(() => this.#events.close(error));
  }
}
