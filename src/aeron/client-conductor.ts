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
import { Registration } from './registration.js';
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
  newPublication(publication: PublicationBase, exclusive: boolean): void;
  newSubscription(subscription: Subscription): void;
}

interface Pending {
  readonly what: string;
  readonly deadline: number;
  readonly settle: (response: never) => void;
  readonly reject: (error: unknown) => void;
  /** How the driver is told that nobody wants the answer any more. */
  readonly undo: MessageLayout<Removal> | null;
}

/** Responses handled in one turn at most: a damaged buffer must not keep the event loop. */
const MAX_RESPONSES = 10_000;

type Removal = typeof commands.REMOVE_COUNTER extends MessageLayout<infer F> ? F : never;
// biome-ignore lint/suspicious/noExplicitAny: layouts of different messages; callers give the values of theirs
type AnyLayout = MessageLayout<any>;

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
        this.#guard(() => this.#events.unavailableCounter(counterId, correlationId)),
    ],
  ]);
  #lastService = performance.now();
  #nextKeepalive = 0;
  #laps = 0;
  #damages = 0;
  #closed = false;

  constructor(files: DriverFiles, options: ResolvedAeronOptions, events: ConductorEvents) {
    this.#files = files;
    this.#options = options;
    this.#events = events;
    this.#logs = new LogPool(options.resourceLinger, options.preTouch);
    this.clientId = files.commands.nextCorrelationId();
    this.#heartbeat = new ClientHeartbeat(files, this.clientId, options.clientName);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  nextCorrelationId(): bigint {
    if (this.#closed) throw clientClosed();
    return this.#files.commands.nextCorrelationId();
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
      const publication = this.#withLog(
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
      this.#guard(() => this.#events.newPublication(publication, exclusive));
      return publication;
    };
    return this.#request(layout, { streamId, channel }, onReady, commands.REMOVE_PUBLICATION);
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
          for (const image of subscription.images) this.#dropImage(subscription, image.correlationId);
          this.removeSubscription(registrationId);
        },
      });
      this.#subscriptions.set(registrationId, subscription);
      this.#guard(() => this.#events.newSubscription(subscription));
      return subscription;
    };
    return this.#request(commands.ADD_SUBSCRIPTION, values, onReady, commands.REMOVE_SUBSCRIPTION);
  }

  addCounter(typeId: number, key: Buffer, label: string): Registration<Counter> {
    return this.#request(
      commands.ADD_COUNTER,
      { typeId, key, label },
      (ready: { correlationId: bigint; counterId: number }) =>
        this.#counter(ready, ready.correlationId, typeId, label, () =>
          this.#forget(commands.REMOVE_COUNTER, { registrationId: ready.correlationId }),
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
    return this.#request(
      commands.ADD_STATIC_COUNTER,
      { registrationId, typeId, key, label },
      (ready: { correlationId: bigint; counterId: number }) =>
        this.#counter(ready, registrationId, typeId, label, () => {}),
    );
  }

  /** Sends a command whose answer is a plain success. */
  command(layout: AnyLayout, values: object): Registration<bigint> {
    return this.#request(layout, values, (ready: { correlationId: bigint }) => ready.correlationId);
  }

  nextSessionId(streamId: number): Registration<number> {
    return this.#request(
      commands.GET_NEXT_AVAILABLE_SESSION_ID,
      { streamId },
      (ready: { nextSessionId: number }) => ready.nextSessionId,
    );
  }

  /** There is no answer to this command. */
  terminateDriver(token: Buffer): void {
    if (this.#closed) throw clientClosed();
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

  /** @throws AeronError when the client is closed or the command cannot be written */
  #request<T, R>(
    layout: AnyLayout,
    values: object,
    make: (response: R) => T,
    undo: MessageLayout<Removal> | null = null,
  ): Registration<T> {
    if (this.#closed) throw clientClosed();
    const correlationId = this.#files.commands.nextCorrelationId();
    const registration = new Registration<T>(correlationId, (reason) => this.#giveUp(correlationId, reason));
    this.#pending.set(correlationId, {
      what: layout.name,
      deadline: performance.now() + this.#options.driverTimeout,
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
      if (this.#write(layout, { ...values, clientId: this.clientId, correlationId })) return registration;
    } catch (error) {
      this.#pending.delete(correlationId);
      throw error;
    }
    this.#pending.delete(correlationId);
    throw new AeronError(AeronErrorCode.RingFull, 'the command ring of the driver is full: is it running?');
  }

  /** Nobody wants the answer any more; what was asked for may be there already, or come to be: it is removed. */
  #giveUp(correlationId: bigint, reason: unknown): void {
    const pending = this.#pending.get(correlationId);
    if (pending === undefined) return;
    this.#pending.delete(correlationId);
    pending.reject(reason);
    if (pending.undo === null) return;
    const flags = pending.undo.typeId === commands.REMOVE_PUBLICATION.typeId ? { flags: 0n } : {};
    this.#forget(pending.undo, { registrationId: correlationId, ...flags });
  }

  /** Sends a removal; its answer, also an error, says that the thing is gone. */
  #forget(layout: AnyLayout, values: object): void {
    if (this.#closed) return;
    // A removal that cannot be sent is made up for when the driver drops this client.
    this.#guard(() => void this.#request(layout, values, () => undefined));
  }

  #write(layout: AnyLayout, values: ValuesOf<never> | object): boolean {
    return this.#files.commands.write(layout.typeId, layout.encode(values as never));
  }

  /** Tells the driver alone; an open publication is closed by its own `close()`. */
  removePublication(registrationId: bigint, revoke = false): void {
    this.#forget(commands.REMOVE_PUBLICATION, { registrationId, flags: revoke ? commands.REVOKE : 0n });
  }

  removeSubscription(registrationId: bigint): void {
    this.#forget(commands.REMOVE_SUBSCRIPTION, { registrationId });
  }

  publication(registrationId: bigint): PublicationBase | undefined {
    return this.#publications.get(registrationId);
  }

  subscription(registrationId: bigint): Subscription | undefined {
    return this.#subscriptions.get(registrationId);
  }

  /** Makes something of a log; when that fails the log is given back. */
  #withLog<T>(logFile: string, onFailure: () => void, make: (log: LogBuffers) => T): T {
    let log: LogBuffers | null = null;
    try {
      log = this.#logs.acquire(logFile);
      return make(log);
    } catch (error) {
      if (log !== null) this.#logs.release(log, performance.now());
      onFailure();
      throw error;
    }
  }

  #onResponse(typeId: number, payload: Buffer): void {
    const layout = responses.RESPONSES.find((candidate) => candidate.typeId === typeId);
    const values = layout?.decode(payload);
    if (layout === undefined || values == null) {
      this.#report(new AeronError(AeronErrorCode.Generic, `a response of type ${typeId} cannot be read`));
      return;
    }
    const handler = this.#handlers.get(layout);
    if (handler !== undefined) handler(values as never);
    else this.#settle((values as { correlationId: bigint }).correlationId, values);
    if (layout === responses.ON_COUNTER_READY) {
      const { counterId, correlationId } = values as { counterId: number; correlationId: bigint };
      this.#guard(() => this.#events.availableCounter(counterId, correlationId));
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
      const image = this.#withLog(
        ready.logFile,
        () => {},
        (log) => {
          const made = new Image({
            correlationId: ready.correlationId,
            sessionId: ready.sessionId,
            sourceIdentity: ready.sourceIdentity,
            log,
            counter: this.#files.counterSlot(ready.subscriberPositionId),
            counterRegistrationId: ready.subscriptionRegistrationId,
            subscriberPositionId: ready.subscriberPositionId,
          });
          this.#imageLogs.set(made, log);
          return made;
        },
      );
      this.#guard(() => subscription.addImage(image));
    } catch (error) {
      this.#report(error as Error);
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
      this.#report(error);
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
    const { laps, damages } = this.#files.responses;
    if (laps > this.#laps) {
      this.#laps = laps;
      this.#report(
        new AeronError(AeronErrorCode.Generic, 'unable to keep up with the responses of the driver'),
      );
    }
    if (damages > this.#damages) {
      this.#damages = damages;
      this.#report(
        new AeronError(AeronErrorCode.Generic, 'a damaged response of the driver was passed over'),
      );
    }
    for (const [correlationId, pending] of this.#pending) {
      if (now < pending.deadline) continue;
      this.#giveUp(
        correlationId,
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
    this.#end(error, () => this.#report(error));
  }

  /**
   * INV-AERON-CLOSE-01: everything is marked closed before anything is unmapped, and unmapped only after the linger
   * time: whoever still polls finds closed objects, not missing memory.
   */
  #end(error: AeronError | null, report: () => void = () => {}): void {
    this.#closed = true;
    for (const publication of this.#publications.values()) publication.forceClose();
    for (const subscription of this.#subscriptions.values()) subscription.forceClose();
    for (const counter of this.#counters.values()) counter.forceClose();
    const reason = error ?? clientClosed();
    for (const pending of this.#pending.values()) pending.reject(reason);
    this.#pending.clear();
    setTimeout(() => {
      this.#logs.close();
      this.#files.close();
    }, this.#options.resourceLinger).unref();
    report();
    this.#guard(() => this.#events.close(error));
  }

  /** User code must not end the conductor. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report(error as Error);
    }
  }

  /** What an error handler throws has nowhere else to go. */
  #report(error: Error): void {
    try {
      this.#events.error(error);
    } catch (thrown) {
      process.emitWarning(thrown as Error);
    }
  }
}

function clientClosed(): AeronError {
  return new AeronError(AeronErrorCode.ClientTimeout, 'this Aeron client is closed');
}
