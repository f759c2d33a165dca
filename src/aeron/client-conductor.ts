/**
 * The conductor of a client: sends commands to the driver, handles its responses, shows that the client lives and
 * notices when the driver does not. Everything happens inside {@link doWork}, so that an object exists before the
 * next response is looked at. Source: Aeron 1.53 `ClientConductor`.
 */
import { AeronError, AeronErrorCode } from './aeron-error.js';
import { ClientHeartbeat } from './client-heartbeat.js';
import type { ResolvedAeronOptions } from './client-options.js';
import { DRIVER_CLOSED } from './command-ring.js';
import { Counter } from './counter.js';
import { type DriverFiles, LogPool } from './driver-files.js';
import { Image } from './image.js';
import * as commands from './layout/command-layouts.js';
import type { MessageLayout, ValuesOf } from './layout/message-layout.js';
import * as responses from './layout/response-layouts.js';
import type { LogBuffers } from './log-buffers.js';
import type { PublicationBase, PublicationParts } from './publication.js';
import { Subscription, type SubscriptionEvents } from './subscription.js';

type PublicationReady = NonNullable<ReturnType<typeof responses.ON_PUBLICATION_READY.decode>>;
type PublicationError = NonNullable<ReturnType<typeof responses.ON_PUBLICATION_ERROR.decode>>;

/** What the conductor tells the client. */
export interface ConductorEvents {
  error(error: Error): void;
  close(error: AeronError | null): void;
  availableCounter(counterId: number, registrationId: bigint): void;
  unavailableCounter(counterId: number, registrationId: bigint): void;
  publicationError(publication: PublicationBase, error: PublicationError): void;
}

interface Pending {
  readonly what: string;
  readonly deadline: number;
  readonly settle: (response: never) => void;
  readonly reject: (error: Error) => void;
}

export class ClientConductor {
  readonly clientId: bigint;
  readonly #files: DriverFiles;
  readonly #options: ResolvedAeronOptions;
  readonly #events: ConductorEvents;
  readonly #logs: LogPool;
  readonly #heartbeat: ClientHeartbeat;
  readonly #pending = new Map<bigint, Pending>();
  readonly #publications = new Map<bigint, PublicationBase>();
  readonly #subscriptions = new Map<bigint, Subscription>();
  readonly #counters = new Map<bigint, Counter>();
  readonly #imageLogs = new Map<Image, LogBuffers>();
  /** What is done with responses that are no plain answer to a request. */
  readonly #handlers = new Map<unknown, (values: never) => void>([
    [responses.ON_AVAILABLE_IMAGE, (values) => this.#onAvailableImage(values)],
    [responses.ON_UNAVAILABLE_IMAGE, (values) => this.#onUnavailableImage(values)],
    [responses.ON_ERROR, (values) => this.#onError(values)],
    [responses.ON_CLIENT_TIMEOUT, (values) => this.#onClientTimeout(values)],
    [responses.ON_PUBLICATION_ERROR, (values) => this.#onPublicationError(values)],
    [
      responses.ON_UNAVAILABLE_COUNTER,
      ({ counterId, correlationId }: { counterId: number; correlationId: bigint }) =>
        this.#events.unavailableCounter(counterId, correlationId),
    ],
  ]);
  #lastService = performance.now();
  #nextKeepalive = 0;
  #laps = 0;
  #closed = false;

  constructor(files: DriverFiles, options: ResolvedAeronOptions, events: ConductorEvents) {
    this.#files = files;
    this.#options = options;
    this.#events = events;
    this.#logs = new LogPool(options.resourceLinger);
    this.clientId = files.commands.nextCorrelationId();
    this.#heartbeat = new ClientHeartbeat(files, this.clientId, options.clientName);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get hasPending(): boolean {
    return this.#pending.size > 0;
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
  ): Promise<P> {
    return this.#request(layout, { streamId, channel }, (ready: PublicationReady) => {
      const log = this.#acquire(ready.logFile, () => this.#removePublication(ready.correlationId, false));
      const publication = make({
        channel,
        log,
        registrationId: ready.correlationId,
        originalRegistrationId: ready.registrationId,
        limit: this.#files.counterSlot(ready.positionLimitCounterId),
        limitCounterId: ready.positionLimitCounterId,
        channelStatusId: ready.channelStatusIndicatorId,
        release: (revoke) => {
          if (!this.#publications.delete(ready.correlationId)) return;
          this.#removePublication(ready.correlationId, revoke);
          this.#logs.release(log, performance.now());
        },
      });
      this.#publications.set(ready.correlationId, publication);
      return publication;
    });
  }

  addSubscription(channel: string, streamId: number, events: SubscriptionEvents): Promise<Subscription> {
    const values = { registrationCorrelationId: -1n, streamId, channel };
    return this.#request(
      commands.ADD_SUBSCRIPTION,
      values,
      (ready: NonNullable<ReturnType<typeof responses.ON_SUBSCRIPTION_READY.decode>>) => {
        const registrationId = ready.correlationId;
        const subscription: Subscription = new Subscription({
          channel,
          streamId,
          registrationId,
          channelStatusId: ready.channelStatusIndicatorId,
          events,
          release: () => {
            if (!this.#subscriptions.delete(registrationId)) return;
            for (const image of subscription.images) this.#dropImage(subscription, image.correlationId);
            this.#forget(commands.REMOVE_SUBSCRIPTION, { registrationId });
          },
        });
        this.#subscriptions.set(registrationId, subscription);
        return subscription;
      },
    );
  }

  addCounter(typeId: number, key: Buffer, label: string): Promise<Counter> {
    return this.#request(
      commands.ADD_COUNTER,
      { typeId, key, label },
      (ready: { correlationId: bigint; counterId: number }) =>
        this.#counter(ready, ready.correlationId, typeId, label, () =>
          this.#forget(commands.REMOVE_COUNTER, { registrationId: ready.correlationId }),
        ),
    );
  }

  /** A counter that outlives its client; adding it again answers the one that is there. */
  addStaticCounter(typeId: number, registrationId: bigint, key: Buffer, label: string): Promise<Counter> {
    return this.#request(
      commands.ADD_STATIC_COUNTER,
      { registrationId, typeId, key, label },
      (ready: { correlationId: bigint; counterId: number }) =>
        this.#counter(ready, registrationId, typeId, label, () => {}),
    );
  }

  /** Sends a command whose answer is a plain success. */
  // biome-ignore lint/suspicious/noExplicitAny: see #request
  command(layout: MessageLayout<any>, values: object): Promise<bigint> {
    return this.#request(layout, values, (ready: { correlationId: bigint }) => ready.correlationId);
  }

  nextSessionId(streamId: number): Promise<number> {
    return this.#request(
      commands.GET_NEXT_AVAILABLE_SESSION_ID,
      { streamId },
      (ready: { nextSessionId: number }) => ready.nextSessionId,
    );
  }

  /** There is no answer to this command. */
  terminateDriver(token: Buffer): void {
    const { commands: ring } = this.#files;
    const head = { clientId: ring.nextCorrelationId(), correlationId: ring.nextCorrelationId() };
    this.#write(commands.TERMINATE_DRIVER, { ...head, token });
  }

  /** Tells the driver, closes everything, keeps what is mapped until the process lets go of it. */
  close(): void {
    if (this.#closed) return;
    this.#write(commands.CLIENT_CLOSE, { clientId: this.clientId, correlationId: -1n });
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

  #request<T, R>(
    // biome-ignore lint/suspicious/noExplicitAny: the values are checked against the layout by the callers above
    layout: MessageLayout<any>,
    values: object,
    make: (response: R) => T,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw new AeronError(AeronErrorCode.ClientTimeout, 'this Aeron client is closed');
      const correlationId = this.#files.commands.nextCorrelationId();
      this.#pending.set(correlationId, {
        what: layout.name,
        deadline: performance.now() + this.#options.driverTimeout,
        settle: (response) => {
          try {
            resolve(make(response as R));
          } catch (error) {
            reject(error);
          }
        },
        reject,
      });
      if (this.#write(layout, { ...values, clientId: this.clientId, correlationId })) return;
      this.#pending.delete(correlationId);
      throw new AeronError(AeronErrorCode.RingFull, 'the command ring of the driver is full: is it running?');
    });
  }

  /** Sends a removal; its answer, also an error, says that the thing is gone. */
  // biome-ignore lint/suspicious/noExplicitAny: see #request
  #forget(layout: MessageLayout<any>, values: object): void {
    if (this.#closed) return;
    this.#request(layout, values, () => undefined).catch(() => {});
  }

  // biome-ignore lint/suspicious/noExplicitAny: see #request
  #write(layout: MessageLayout<any>, values: ValuesOf<never> | object): boolean {
    return this.#files.commands.write(layout.typeId, layout.encode(values as never));
  }

  #removePublication(registrationId: bigint, revoke: boolean): void {
    this.#forget(commands.REMOVE_PUBLICATION, { registrationId, flags: revoke ? commands.REVOKE : 0n });
  }

  #acquire(logFile: string, onFailure: () => void): LogBuffers {
    try {
      return this.#logs.acquire(logFile);
    } catch (error) {
      onFailure();
      throw error;
    }
  }

  #onResponse(typeId: number, payload: Buffer): void {
    const layout = responses.RESPONSES.find((candidate) => candidate.typeId === typeId);
    const values = layout?.decode(payload);
    if (layout === undefined || values == null) {
      this.#events.error(
        new AeronError(AeronErrorCode.Generic, `a response of type ${typeId} cannot be read`),
      );
      return;
    }
    const handler = this.#handlers.get(layout);
    if (handler !== undefined) handler(values as never);
    else this.#settle((values as { correlationId: bigint }).correlationId, values);
    if (layout === responses.ON_COUNTER_READY) {
      const { counterId, correlationId } = values as { counterId: number; correlationId: bigint };
      this.#events.availableCounter(counterId, correlationId);
    }
  }

  #onClientTimeout({ clientId }: { clientId: bigint }): void {
    if (clientId !== this.clientId) return;
    this.#forceClose(AeronErrorCode.ClientTimeout, 'the driver gave this client up: it was silent too long');
  }

  #settle(correlationId: bigint, values: unknown): void {
    const pending = this.#pending.get(correlationId);
    this.#pending.delete(correlationId);
    pending?.settle(values as never);
  }

  #onAvailableImage(ready: NonNullable<ReturnType<typeof responses.ON_AVAILABLE_IMAGE.decode>>): void {
    const subscription = this.#subscriptions.get(ready.subscriptionRegistrationId);
    if (subscription === undefined) return;
    if (subscription.images.some((image) => image.correlationId === ready.correlationId)) return;
    try {
      const log = this.#logs.acquire(ready.logFile);
      const image = new Image({
        correlationId: ready.correlationId,
        sessionId: ready.sessionId,
        sourceIdentity: ready.sourceIdentity,
        log,
        counter: this.#files.counterSlot(ready.subscriberPositionId),
        subscriberPositionId: ready.subscriberPositionId,
      });
      this.#imageLogs.set(image, log);
      this.#guard(() => subscription.addImage(image));
    } catch (error) {
      this.#events.error(error as Error);
    }
  }

  #onUnavailableImage(gone: { correlationId: bigint; subscriptionRegistrationId: bigint }): void {
    const subscription = this.#subscriptions.get(gone.subscriptionRegistrationId);
    if (subscription !== undefined) this.#dropImage(subscription, gone.correlationId);
  }

  #dropImage(subscription: Subscription, correlationId: bigint): void {
    const dropped = subscription.images.find((image) => image.correlationId === correlationId);
    if (dropped === undefined) return;
    this.#guard(() => subscription.removeImage(correlationId));
    const log = this.#imageLogs.get(dropped);
    this.#imageLogs.delete(dropped);
    if (log !== undefined) this.#logs.release(log, performance.now());
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
    const pending = this.#pending.get(offendingCorrelationId);
    this.#pending.delete(offendingCorrelationId);
    const error = new AeronError(errorCode, message);
    if (pending !== undefined) pending.reject(error);
    else if (
      errorCode === AeronErrorCode.ChannelEndpointError &&
      this.#usesStatusCounter(Number(offendingCorrelationId))
    ) {
      this.#events.error(error);
    }
  }

  #usesStatusCounter(counterId: number): boolean {
    const open = [...this.#publications.values(), ...this.#subscriptions.values()];
    return open.some((resource) => resource.channelStatusId === counterId);
  }

  #onPublicationError(error: PublicationError): void {
    for (const publication of this.#publications.values()) {
      if (publication.originalRegistrationId !== error.registrationId) continue;
      this.#guard(() => this.#events.publicationError(publication, error));
    }
  }

  #onTime(now: number): void {
    if (this.#files.responses.laps > this.#laps) {
      this.#laps = this.#files.responses.laps;
      this.#events.error(
        new AeronError(AeronErrorCode.Generic, 'unable to keep up with the responses of the driver'),
      );
    }
    for (const [correlationId, pending] of this.#pending) {
      if (now < pending.deadline) continue;
      this.#pending.delete(correlationId);
      pending.reject(
        new AeronError(AeronErrorCode.DriverTimeout, `the driver did not answer ${pending.what} in time`),
      );
    }
    this.#logs.sweep(now);
    if (now < this.#nextKeepalive) return;
    this.#nextKeepalive = now + this.#options.keepaliveInterval;
    const heartbeat = this.#files.commands.consumerHeartbeat;
    if (heartbeat === DRIVER_CLOSED) {
      this.#forceClose(AeronErrorCode.DriverTimeout, 'the media driver has been shut down');
    } else if (Date.now() - Number(heartbeat) > this.#options.driverTimeout) {
      this.#forceClose(AeronErrorCode.DriverTimeout, 'the media driver shows no sign of life');
    } else if (!this.#heartbeat.beat(Date.now())) {
      this.#forceClose(
        AeronErrorCode.DriverTimeout,
        'the driver has taken the heartbeat counter of this client',
      );
    }
  }

  #forceClose(code: number, message: string): void {
    const error = new AeronError(code, message);
    this.#events.error(error);
    this.#end(error);
  }

  /** INV-AERON-CLOSE-01: nothing is unmapped here: whoever still polls finds closed objects, not missing memory. */
  #end(error: AeronError | null): void {
    this.#closed = true;
    for (const publication of this.#publications.values()) publication.forceClose();
    for (const subscription of this.#subscriptions.values()) subscription.forceClose();
    for (const counter of this.#counters.values()) counter.forceClose();
    const reason = error ?? new AeronError(AeronErrorCode.ClientTimeout, 'this Aeron client is closed');
    for (const pending of this.#pending.values()) pending.reject(reason);
    this.#pending.clear();
    this.#events.close(error);
  }

  /** User code must not end the conductor. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#events.error(error as Error);
    }
  }
}
