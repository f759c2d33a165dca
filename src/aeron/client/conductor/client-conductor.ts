/**
 * The conductor of a client: handles responses of the driver, stores the client's heartbeat and watches that of the
 * driver. Everything happens inside {@link doWork}, so that an object exists before the next response is handled.
 * Source: Aeron 1.53 `ClientConductor`.
 */
import { afterMs } from '../../../platform/index.js';
import * as commands from '../../layout/command-layouts.js';
import * as responses from '../../layout/response-layouts.js';
import { AeronError, AeronErrorCode } from '../aeron-error.js';
import type { ResolvedAeronOptions } from '../client-options.js';
import { ErrorReporter } from '../error-reporter.js';
import type { PublicationBase } from '../publication/publication.js';
import { ClientHeartbeat } from './client-heartbeat.js';
import { ClientImages } from './client-images.js';
import { ClientResources, type ResourceEvents } from './client-resources.js';
import { DriverFeatures } from './driver-features.js';
import type { DriverFiles } from './driver-files.js';
import { DriverWatch } from './driver-watch.js';
import { LogPool } from './log-pool.js';
import { type AnyLayout, PendingRequests } from './pending-requests.js';
import type { Registration } from './registration.js';

type AvailableImage = NonNullable<ReturnType<typeof responses.ON_AVAILABLE_IMAGE.decode>>;
type PublicationError = NonNullable<ReturnType<typeof responses.ON_PUBLICATION_ERROR.decode>>;

/** Events that the conductor reports to its client. */
export interface ConductorEvents extends ResourceEvents {
  error(error: Error): void;
  close(error: AeronError | null): void;
  availableCounter(counterId: number, registrationId: bigint): void;
  unavailableCounter(counterId: number, registrationId: bigint): void;
  publicationError(publication: PublicationBase, error: PublicationError): void;
}

/** Responses per turn: a damaged buffer must not block the event loop. */
const MAX_RESPONSES = 10_000;

/** Runs the duty cycle of a client. */
export class ClientConductor {
  readonly clientId: bigint;
  /** Open publications, subscriptions and counters. */
  readonly resources: ClientResources;
  /** What the driver can do. */
  readonly features: DriverFeatures;
  readonly #files: DriverFiles;
  readonly #options: ResolvedAeronOptions;
  readonly #events: ConductorEvents;
  readonly #logs: LogPool;
  readonly #reporter: ErrorReporter;
  readonly #requests: PendingRequests;
  readonly #images: ClientImages;
  readonly #watch: DriverWatch;
  /** Handlers of responses that do not settle a request. */
  readonly #handlers = new Map<unknown, (values: never) => void>([
    [responses.ON_AVAILABLE_IMAGE, (values: AvailableImage) => this.#onAvailableImage(values)],
    [responses.ON_UNAVAILABLE_IMAGE, (values) => this.#onUnavailableImage(values)],
    [responses.ON_ERROR, (values) => this.#onError(values)],
    [responses.ON_CLIENT_TIMEOUT, (values) => this.#onClientTimeout(values)],
    [responses.ON_PUBLICATION_ERROR, (values) => this.#onPublicationError(values)],
    [
      responses.ON_UNAVAILABLE_COUNTER,
      ({ counterId, correlationId }: { counterId: number; correlationId: bigint }) =>
        this.#reporter.guard(() => this.#events.unavailableCounter(counterId, correlationId)),
    ],
  ]);
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

  /** One turn. @returns number of responses handled */
  doWork(): number {
    if (this.#closed) return 0;
    const now = performance.now();
    const stalled = now - this.#lastService;
    this.#lastService = now;
    if (stalled > Number(this.#files.header.clientLivenessTimeoutNs) / 1e6) {
      this.#forceClose(
        AeronErrorCode.ServiceInterval,
        `the conductor had no turn for ${Math.round(stalled)} ms: the event loop was blocked; connect again`,
      );
      return 0;
    }
    let work = 0;
    while (
      !this.#closed &&
      work < MAX_RESPONSES &&
      this.#files.responses.receive((typeId, payload) => this.#onResponse(typeId, payload))
    )
      work++;
    if (!this.#closed) this.#onTime(now);
    return work;
  }

  /** Sends a command whose answer is a plain success. */
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

  /** The driver does not answer this command. */
  terminateDriver(token: Buffer): void {
    const head = { clientId: this.nextCorrelationId(), correlationId: this.nextCorrelationId() };
    this.#requests.write(commands.TERMINATE_DRIVER, { ...head, token });
  }

  /** Sends CLIENT_CLOSE and closes everything; mappings stay for the linger time. */
  close(): void {
    if (this.#closed) return;
    this.#requests.write(commands.CLIENT_CLOSE, { clientId: this.clientId, correlationId: -1n });
    this.#end(null);
  }

  #onResponse(typeId: number, payload: Buffer): void {
    const layout = responses.RESPONSES.find((candidate) => candidate.typeId === typeId);
    const values = layout?.decode(payload);
    if (layout === undefined || values == null) {
      this.#reporter.report(
        new AeronError(AeronErrorCode.Generic, `unknown or malformed response of type ${typeId}`),
      );
      return;
    }
    const handler = this.#handlers.get(layout);
    if (handler !== undefined) handler(values as never);
    else this.#requests.settle((values as { correlationId: bigint }).correlationId, values);
    if (layout === responses.ON_COUNTER_READY) {
      const { counterId, correlationId } = values as { counterId: number; correlationId: bigint };
      this.#reporter.guard(() => this.#events.availableCounter(counterId, correlationId));
    }
  }

  #onClientTimeout({ clientId }: { clientId: bigint }): void {
    if (clientId !== this.clientId) return;
    this.#forceClose(
      AeronErrorCode.ClientTimeout,
      'the driver removed this client: its heartbeat was late; connect again',
    );
  }

  #onAvailableImage(ready: AvailableImage): void {
    const subscription = this.resources.subscription(ready.subscriptionRegistrationId);
    if (subscription !== undefined) this.#images.add(subscription, ready);
  }

  #onUnavailableImage(gone: { correlationId: bigint; subscriptionRegistrationId: bigint }): void {
    const subscription = this.resources.subscription(gone.subscriptionRegistrationId);
    if (subscription !== undefined) this.#images.drop(subscription, gone.correlationId);
  }

  #onError({
    offendingCorrelationId,
    errorCode,
    message,
  }: {
    offendingCorrelationId: bigint;
    errorCode: number;
    message: string;
  }): void {
    const error = new AeronError(errorCode, message);
    if (this.#requests.reject(offendingCorrelationId, error)) return;
    const isEndpoint = errorCode === AeronErrorCode.ChannelEndpointError;
    if (isEndpoint && this.resources.usesStatusCounter(Number(offendingCorrelationId)))
      this.#reporter.report(error);
  }

  #onPublicationError(error: PublicationError): void {
    for (const publication of this.resources.publicationsOf(error.registrationId)) {
      this.#reporter.guard(() => this.#events.publicationError(publication, error));
    }
  }

  #onTime(now: number): void {
    const { laps, damages } = this.#files.responses;
    if (laps > this.#laps) {
      this.#laps = laps;
      this.#reporter.report(
        new AeronError(AeronErrorCode.Generic, 'lapped: responses of the driver were lost'),
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
   * INV-AERON-CLOSE-01: everything is marked closed before anything is unmapped, and unmapped only after the linger
   * time: a caller that still polls finds closed objects, not missing memory.
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
