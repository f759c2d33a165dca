/** Open publications, subscriptions and counters of a client. Responses of the driver create them; `close()` removes them. */
import * as commands from '../../layout/command-layouts.js';
import type * as responses from '../../layout/response-layouts.js';
import type { ErrorReporter } from '../error-reporter.js';
import { Counter } from '../monitoring/counter.js';
import type { PublicationBase, PublicationParts } from '../publication/publication.js';
import { Subscription, type SubscriptionEvents } from '../subscription/subscription.js';
import type { ClientImages } from './client-images.js';
import type { DriverFiles } from './driver-files.js';
import type { LogPool } from './log-pool.js';
import type { PendingRequests } from './pending-requests.js';
import type { Registration } from './registration.js';

type PublicationReady = NonNullable<ReturnType<typeof responses.ON_PUBLICATION_READY.decode>>;
type SubscriptionReady = NonNullable<ReturnType<typeof responses.ON_SUBSCRIPTION_READY.decode>>;

/** Events of new resources, reported before the promise of the request is settled. */
export interface ResourceEvents {
  newPublication(publication: PublicationBase, exclusive: boolean): void;
  newSubscription(subscription: Subscription): void;
}

/** The parts of a client that its resources use. */
export interface ResourceParts {
  readonly files: DriverFiles;
  readonly logs: LogPool;
  readonly requests: PendingRequests;
  readonly images: ClientImages;
  readonly reporter: ErrorReporter;
  readonly events: ResourceEvents;
}

/** Resources by their registration ids. */
export class ClientResources {
  readonly #files: DriverFiles;
  readonly #logs: LogPool;
  readonly #requests: PendingRequests;
  readonly #images: ClientImages;
  readonly #reporter: ErrorReporter;
  readonly #events: ResourceEvents;
  readonly #publications = new Map<bigint, PublicationBase>();
  readonly #subscriptions = new Map<bigint, Subscription>();
  readonly #counters = new Map<bigint, Counter>();

  constructor(parts: ResourceParts) {
    this.#files = parts.files;
    this.#logs = parts.logs;
    this.#requests = parts.requests;
    this.#images = parts.images;
    this.#reporter = parts.reporter;
    this.#events = parts.events;
  }

  /** Requests a publication; `layout` selects the shared or the exclusive kind. */
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
        () => this.#removePublication(correlationId),
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
              this.#removePublication(correlationId, revoke);
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

  /** Requests a subscription. */
  addSubscription(channel: string, streamId: number, events: SubscriptionEvents): Registration<Subscription> {
    const values = { registrationCorrelationId: -1n, streamId, channel };
    const onReady = (ready: SubscriptionReady) => {
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
          this.#removeSubscription(registrationId);
        },
      });
      this.#subscriptions.set(registrationId, subscription);
      this.#reporter.guard(() => this.#events.newSubscription(subscription));
      return subscription;
    };
    return this.#requests.send(commands.ADD_SUBSCRIPTION, values, onReady, commands.REMOVE_SUBSCRIPTION);
  }

  /** Requests a counter that the driver frees with this client. */
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

  /** A counter that outlives its client; a second request returns the existing one. */
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

  /** The open publication with this registration id. */
  publication(registrationId: bigint): PublicationBase | undefined {
    return this.#publications.get(registrationId);
  }

  /** The open subscription with this registration id. */
  subscription(registrationId: bigint): Subscription | undefined {
    return this.#subscriptions.get(registrationId);
  }

  /** The counter with this registration id. */
  counter(registrationId: bigint): Counter | undefined {
    for (const counter of this.#counters.values())
      if (counter.registrationId === registrationId) return counter;
    return undefined;
  }

  /** The publications of this client that share a log. */
  publicationsOf(originalRegistrationId: bigint): PublicationBase[] {
    return [...this.#publications.values()].filter(
      (publication) => publication.originalRegistrationId === originalRegistrationId,
    );
  }

  /** Whether an open resource has this counter for the status of its endpoint. */
  usesStatusCounter(counterId: number): boolean {
    const open = [...this.#publications.values(), ...this.#subscriptions.values()];
    return open.some((resource) => resource.channelStatusId === counterId);
  }

  /** Marks all resources closed and sends nothing. */
  forceClose(error: Error | null): void {
    for (const publication of this.#publications.values()) publication.forceClose();
    for (const subscription of this.#subscriptions.values()) subscription.forceClose(error);
    for (const counter of this.#counters.values()) counter.forceClose();
  }

  #counter(
    ready: { correlationId: bigint; counterId: number },
    registrationId: bigint,
    typeId: number,
    label: string,
    remove: () => void,
  ): Counter {
    const counter = new Counter({
      registrationId,
      counterId: ready.counterId,
      typeId,
      label,
      slot: this.#files.counterSlot(ready.counterId),
      release: () => {
        if (this.#counters.delete(ready.correlationId)) remove();
      },
    });
    this.#counters.set(ready.correlationId, counter);
    return counter;
  }

  /** Sends the removal; does not close the object. */
  #removePublication(registrationId: bigint, revoke = false): void {
    this.#requests.forget(commands.REMOVE_PUBLICATION, {
      registrationId,
      flags: revoke ? commands.REVOKE : 0n,
    });
  }

  #removeSubscription(registrationId: bigint): void {
    this.#requests.forget(commands.REMOVE_SUBSCRIPTION, { registrationId });
  }
}
