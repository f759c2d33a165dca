/**
 * The conductor of a client: sends commands to the driver, handles its responses, shows that the client lives and
 * notices when the driver does not. Everything happens inside {@link doWork}, so that an object exists before the
 * next response is looked at. Source: Aeron 1.53 `ClientConductor`.
 */
import { AeronError, AeronErrorCode } from './aeron-error.js';
import { ClientHeartbeat } from './client-heartbeat.js';
import { ClientImages } from './client-images.js';
import type { ResolvedAeronOptions } from './client-options.js';
import { Counter } from './counter.js';
import { type DriverFiles, LogPool } from './driver-files.js';
import { DriverWatch } from './driver-watch.js';
import { ErrorReporter } from './error-reporter.js';
import * as commands from './layout/command-layouts.js';
import * as responses from './layout/response-layouts.js';
import { type AnyLayout, PendingRequests } from './pending-requests.js';
import type { PublicationBase, PublicationParts } from './publication.js';
import type { Registration } from './registration.js';
import { Subscription, type SubscriptionEvents } from './subscription.js';

type AvailableImage = NonNullable<ReturnType<typeof responses.ON_AVAILABLE_IMAGE.decode>>;
type PublicationReady = NonNullable<ReturnType<typeof responses.ON_PUBLICATION_READY.decode>>;
type PublicationError = NonNullable<ReturnType<typeof responses.ON_PUBLICATION_ERROR.decode>>;

/** What the conductor tells the client. */
export interface ConductorEvents {
  error(error: Error): void;
  close(error: AeronError | null): void;
  availableCounter(counterId: number, registrationId: bigint): void;
  unavailableCounter(counterId: number, registrationId: bigint): void;
  publicationError(publication: PublicationBase, error: PublicationError): void;
  newPublication(publication: PublicationBase, exclusive: boolean): void;
  newSubscription(subscription: Subscription): void;
}

/** Responses handled in one turn at most: a damaged buffer must not keep the event loop. */
const MAX_RESPONSES = 10_000;

export class ClientConductor {
  readonly clientId: bigint;
  readonly #files: DriverFiles;
  readonly #options: ResolvedAeronOptions;
  readonly #events: ConductorEvents;
  readonly #logs: LogPool;
  readonly #reporter: ErrorReporter;
  readonly #requests: PendingRequests;
  readonly #images: ClientImages;
  readonly #watch: DriverWatch;
  readonly #publications = new Map<bigint, PublicationBase>();
  readonly #subscriptions = new Map<bigint, Subscription>();
  readonly #counters = new Map<bigint, Counter>();
  /** What is done with responses that are no plain answer to a request. */
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
    this.#logs = new LogPool(options.resourceLinger, options.preTouch);
    this.clientId = files.commands.nextCorrelationId();
    this.#reporter = new ErrorReporter((error) => events.error(error));
    this.#requests = new PendingRequests(
      files.commands,
      this.clientId,
      options.driverTimeout,
      this.#reporter,
    );
    this.#images = new ClientImages(files, this.#logs, this.#reporter);
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

  /** One turn. @returns responses handled */
  doWork(): number {
    if (this.#closed) return 0;
    const now = performance.now();
    const stalled = now - this.#lastService;
    this.#lastService = now;
    if (stalled > Number(this.#files.header.clientLivenessTimeoutNs) / 1e6) {
      this.#forceClose(
        AeronErrorCode.ServiceInterval,
        `the conductor had no turn for ${Math.round(stalled)} ms: the event loop was blocked`,
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

  addPublication<P extends PublicationBase>(
    layout: typeof commands.ADD_PUBLICATION,
    channel: string,
    streamId: number,
    make: (parts: PublicationParts) => P,
  ): Registration<P> {
    const exclusive = layout === commands.ADD_EXCLUSIVE_PUBLICATION;
    const onReady = (ready: PublicationReady) => {
      const { correlationId } = ready;
      const publication = this.#logs.use(
        ready.logFile,
        () => this.removePublication(correlationId),
        (log) =>
          make({
            channel,
            log,
            registrationId: correlationId,
            originalRegistrationId: ready.registrationId,
            limit: this.#files.counterSlot(ready.positionLimitCounterId),
            limitCounterId: ready.positionLimitCounterId,
            channelStatusId: ready.channelStatusIndicatorId,
            release: (revoke) => {
              if (!this.#publications.delete(correlationId)) return;
              this.removePublication(correlationId, revoke);
              this.#logs.release(log, performance.now());
            },
          }),
      );
      this.#publications.set(correlationId, publication);
      this.#reporter.guard(() => this.#events.newPublication(publication, exclusive));
      return publication;
    };
    return this.#requests.send(layout, { streamId, channel }, onReady, commands.REMOVE_PUBLICATION);
  }

  addSubscription(channel: string, streamId: number, events: SubscriptionEvents): Registration<Subscription> {
    const values = { registrationCorrelationId: -1n, streamId, channel };
    const onReady = (ready: NonNullable<ReturnType<typeof responses.ON_SUBSCRIPTION_READY.decode>>) => {
      const registrationId = ready.correlationId;
      const subscription: Subscription = new Subscription({
        channel,
        streamId,
        registrationId,
        channelStatusId: ready.channelStatusIndicatorId,
        events,
        release: () => {
          if (!this.#subscriptions.delete(registrationId)) return;
          for (const image of subscription.images) this.#images.drop(subscription, image.correlationId);
          this.removeSubscription(registrationId);
        },
      });
      this.#subscriptions.set(registrationId, subscription);
      this.#reporter.guard(() => this.#events.newSubscription(subscription));
      return subscription;
    };
    return this.#requests.send(commands.ADD_SUBSCRIPTION, values, onReady, commands.REMOVE_SUBSCRIPTION);
  }

  addCounter(typeId: number, key: Buffer, label: string): Registration<Counter> {
    return this.#requests.send(
      commands.ADD_COUNTER,
      { typeId, key, label },
      (ready: { correlationId: bigint; counterId: number }) =>
        this.#counter(ready, ready.correlationId, typeId, label, () =>
          this.#requests.forget(commands.REMOVE_COUNTER, { registrationId: ready.correlationId }),
        ),
      commands.REMOVE_COUNTER,
    );
  }

  /** A counter that outlives its client; adding it again answers the one that is there. */
  addStaticCounter(
    typeId: number,
    registrationId: bigint,
    key: Buffer,
    label: string,
  ): Registration<Counter> {
    return this.#requests.send(
      commands.ADD_STATIC_COUNTER,
      { registrationId, typeId, key, label },
      (ready: { correlationId: bigint; counterId: number }) =>
        this.#counter(ready, registrationId, typeId, label, () => {}),
    );
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

  /** There is no answer to this command. */
  terminateDriver(token: Buffer): void {
    const head = { clientId: this.nextCorrelationId(), correlationId: this.nextCorrelationId() };
    this.#requests.write(commands.TERMINATE_DRIVER, { ...head, token });
  }

  /** Tells the driver, closes everything, keeps what is mapped until the process lets go of it. */
  close(): void {
    if (this.#closed) return;
    this.#requests.write(commands.CLIENT_CLOSE, { clientId: this.clientId, correlationId: -1n });
    this.#end(null);
  }

  #counter(
    ready: { correlationId: bigint; counterId: number },
    registrationId: bigint,
    typeId: number,
    label: string,
    tell: () => void,
  ): Counter {
    const counter = new Counter({
      registrationId,
      counterId: ready.counterId,
      typeId,
      label,
      slot: this.#files.counterSlot(ready.counterId),
      release: () => {
        if (this.#counters.delete(ready.correlationId)) tell();
      },
    });
    this.#counters.set(ready.correlationId, counter);
    return counter;
  }

  /** Tells the driver alone; an open publication is closed by its own `close()`. */
  removePublication(registrationId: bigint, revoke = false): void {
    this.#requests.forget(commands.REMOVE_PUBLICATION, {
      registrationId,
      flags: revoke ? commands.REVOKE : 0n,
    });
  }

  removeSubscription(registrationId: bigint): void {
    this.#requests.forget(commands.REMOVE_SUBSCRIPTION, { registrationId });
  }

  publication(registrationId: bigint): PublicationBase | undefined {
    return this.#publications.get(registrationId);
  }

  subscription(registrationId: bigint): Subscription | undefined {
    return this.#subscriptions.get(registrationId);
  }

  #onResponse(typeId: number, payload: Buffer): void {
    const layout = responses.RESPONSES.find((candidate) => candidate.typeId === typeId);
    const values = layout?.decode(payload);
    if (layout === undefined || values == null) {
      this.#reporter.report(
        new AeronError(AeronErrorCode.Generic, `a response of type ${typeId} cannot be read`),
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
    this.#forceClose(AeronErrorCode.ClientTimeout, 'the driver gave this client up: it was silent too long');
  }

  #onAvailableImage(ready: AvailableImage): void {
    const subscription = this.#subscriptions.get(ready.subscriptionRegistrationId);
    if (subscription !== undefined) this.#images.add(subscription, ready);
  }

  #onUnavailableImage(gone: { correlationId: bigint; subscriptionRegistrationId: bigint }): void {
    const subscription = this.#subscriptions.get(gone.subscriptionRegistrationId);
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
    if (isEndpoint && this.#usesStatusCounter(Number(offendingCorrelationId))) this.#reporter.report(error);
  }

  #usesStatusCounter(counterId: number): boolean {
    const open = [...this.#publications.values(), ...this.#subscriptions.values()];
    return open.some((resource) => resource.channelStatusId === counterId);
  }

  #onPublicationError(error: PublicationError): void {
    for (const publication of this.#publications.values()) {
      if (publication.originalRegistrationId !== error.registrationId) continue;
      this.#reporter.guard(() => this.#events.publicationError(publication, error));
    }
  }

  #onTime(now: number): void {
    const { laps, damages } = this.#files.responses;
    if (laps > this.#laps) {
      this.#laps = laps;
      this.#reporter.report(
        new AeronError(AeronErrorCode.Generic, 'unable to keep up with the responses of the driver'),
      );
    }
    if (damages > this.#damages) {
      this.#damages = damages;
      this.#reporter.report(
        new AeronError(AeronErrorCode.Generic, 'a damaged response of the driver was passed over'),
      );
    }
    this.#requests.expire(now);
    this.#logs.sweep(now);
    const lost = this.#watch.look(now);
    if (lost !== null) this.#forceClose(AeronErrorCode.DriverTimeout, lost);
  }

  #forceClose(code: number, message: string): void {
    const error = new AeronError(code, message);
    this.#end(error, () => this.#reporter.report(error));
  }

  /**
   * INV-AERON-CLOSE-01: everything is marked closed before anything is unmapped, and unmapped only after the linger
   * time: whoever still polls finds closed objects, not missing memory.
   */
  #end(error: AeronError | null, report: () => void = () => {}): void {
    this.#closed = true;
    for (const publication of this.#publications.values()) publication.forceClose();
    for (const subscription of this.#subscriptions.values()) subscription.forceClose(error);
    for (const counter of this.#counters.values()) counter.forceClose();
    this.#requests.close(error);
    setTimeout(() => {
      this.#logs.close();
      this.#files.close();
    }, this.#options.resourceLinger).unref();
    report();
    this.#reporter.guard(() => this.#events.close(error));
  }
}
