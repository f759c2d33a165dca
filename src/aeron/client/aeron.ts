/** The client of a media driver. Source of the names: Aeron 1.53 `Aeron`. */
import { randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import * as commands from '../layout/command-layouts.js';
import { AeronError, AeronErrorCode } from './aeron-error.js';
import { type AeronOptions, type ResolvedAeronOptions, resolveAeronOptions } from './client-options.js';
import { ClientConductor } from './conductor/client-conductor.js';
import { ConductorTimer } from './conductor/conductor-timer.js';
import { addCommand, type DestinationCommand, removeCommand } from './conductor/destination-commands.js';
import { DriverFiles } from './conductor/driver-files.js';
import { awaited, type Registration, type RequestOptions } from './conductor/registration.js';
import {
  type EndpointStatus,
  readChannelStatus,
  readLocalAddresses,
  resolveEndpointPort,
} from './endpoint-status.js';
import { defaultDirectory, isDriverActive } from './monitoring/cnc-file.js';
import type { Counter } from './monitoring/counter.js';
import type { CountersReader } from './monitoring/counters-reader.js';
import { Publication } from './publication/concurrent-publication.js';
import { ExclusivePublication } from './publication/exclusive-publication.js';
import type { PublicationBase } from './publication/publication.js';
import type { Image } from './subscription/image.js';
import type { Subscription, SubscriptionEvents } from './subscription/subscription.js';

const DRIVER_VERSION_COUNTER = 34;
const CONTROL_PROTOCOL_COUNTER = 43;
/** 1.47.0, packed as the driver does. */
const REJECTING_VERSION = (1n << 16n) | (47n << 8n);
/** 1.0.0: the driver gives out session ids. */
const SESSION_ID_PROTOCOL = 65_536n;
const MAX_REASON_LENGTH = 1023;

/**
 * Events: `error` (Error), `close` (AeronError or null), `availableCounter` and `unavailableCounter` (counter id,
 * registration id), `publicationError` (publication, what a receiver said), `newPublication`,
 * `newExclusivePublication`, `newSubscription` (what was added, before its promise is settled). Without a listener an error becomes a
 * process warning.
 */
export class Aeron extends EventEmitter implements Disposable {
  /** All counters of the driver. */
  readonly counters: CountersReader;
  readonly directory: string;
  readonly #conductor: ClientConductor;
  readonly #files: DriverFiles;
  readonly #timer: ConductorTimer;

  /**
   * Connects to the driver of a directory, waiting for it if need be.
   * @throws AeronError 1000 when there is none in time; RingwireError `INVALID_ARGUMENT`, `INCOMPATIBLE_VERSION`
   */
  static async connect(options: AeronOptions = {}): Promise<Aeron> {
    const resolved = resolveAeronOptions(options);
    const files = await DriverFiles.connect(resolved.directory, resolved.driverTimeoutMs, resolved.signal);
    return new Aeron(files, resolved);
  }

  private constructor(files: DriverFiles, options: ResolvedAeronOptions) {
    super();
    this.directory = options.directory;
    this.counters = files.counters;
    this.#files = files;
    this.#conductor = new ClientConductor(files, options, {
      error: (error) =>
        this.listenerCount('error') > 0 ? this.emit('error', error) : process.emitWarning(error),
      close: (error) => {
        this.#timer.stop();
        this.emit('close', error);
      },
      availableCounter: (...args) => this.emit('availableCounter', ...args),
      unavailableCounter: (...args) => this.emit('unavailableCounter', ...args),
      publicationError: (...args) => this.emit('publicationError', ...args),
      newPublication: (publication, exclusive) =>
        this.emit(exclusive ? 'newExclusivePublication' : 'newPublication', publication),
      newSubscription: (subscription) => this.emit('newSubscription', subscription),
    });
    this.#timer = new ConductorTimer(this.#conductor, options.idleSleepMs);
    if (!options.useInvoker) this.#timer.start();
  }

  get clientId(): bigint {
    return this.#conductor.clientId;
  }

  get isClosed(): boolean {
    return this.#conductor.isClosed;
  }

  /** One turn of the conductor; to be called at least every few seconds with `useInvoker`. */
  doWork(): number {
    return this.#conductor.doWork();
  }

  /** Whether a driver is active in a directory. @throws RingwireError when that cannot be told */
  static isDriverActive(directory: string = defaultDirectory(), timeoutMillis?: number): boolean {
    return isDriverActive(directory, timeoutMillis);
  }

  /** A publication that all processes share which publish on this channel and stream. @throws AeronError */
  addPublication(channel: string, streamId: number, options: RequestOptions = {}): Promise<Publication> {
    return awaited(() => this.asyncAddPublication(channel, streamId), options);
  }

  /** The same, to be polled for or cancelled. @throws AeronError when it cannot be asked for */
  asyncAddPublication(channel: string, streamId: number): Registration<Publication> {
    return this.#soon(
      this.#conductor.resources.addPublication(
        commands.ADD_PUBLICATION,
        channel,
        streamId,
        (parts) => new Publication(parts),
      ),
    );
  }

  /** A publication of its own session, with one writer: faster. @throws AeronError */
  addExclusivePublication(
    channel: string,
    streamId: number,
    options: RequestOptions = {},
  ): Promise<ExclusivePublication> {
    return awaited(() => this.asyncAddExclusivePublication(channel, streamId), options);
  }

  /** The same, to be polled for or cancelled. @throws AeronError when it cannot be asked for */
  asyncAddExclusivePublication(channel: string, streamId: number): Registration<ExclusivePublication> {
    return this.#soon(
      this.#conductor.resources.addPublication(
        commands.ADD_EXCLUSIVE_PUBLICATION,
        channel,
        streamId,
        (parts) => new ExclusivePublication(parts),
      ),
    );
  }

  /** @throws AeronError */
  addSubscription(
    channel: string,
    streamId: number,
    events: SubscriptionEvents & RequestOptions = {},
  ): Promise<Subscription> {
    return awaited(() => this.asyncAddSubscription(channel, streamId, events), events);
  }

  /** The same, to be polled for or cancelled. @throws AeronError when it cannot be asked for */
  asyncAddSubscription(
    channel: string,
    streamId: number,
    events: SubscriptionEvents = {},
  ): Registration<Subscription> {
    return this.#soon(this.#conductor.resources.addSubscription(channel, streamId, events));
  }

  /** A counter for others to read; `typeId` from 1000 on. Key up to 112 bytes, label up to 380. @throws AeronError */
  addCounter(
    typeId: number,
    label: string,
    key: Uint8Array = new Uint8Array(),
    options: RequestOptions = {},
  ): Promise<Counter> {
    return awaited(() => this.asyncAddCounter(typeId, label, key), options);
  }

  /** The same, to be polled for or cancelled. @throws AeronError when it cannot be asked for */
  asyncAddCounter(typeId: number, label: string, key: Uint8Array = new Uint8Array()): Registration<Counter> {
    return this.#soon(this.#conductor.resources.addCounter(typeId, Buffer.from(key), label));
  }

  /** A counter that stays when this client goes. @throws AeronError */
  addStaticCounter(
    typeId: number,
    registrationId: bigint,
    label: string,
    key: Uint8Array = new Uint8Array(),
  ): Promise<Counter> {
    return awaited(() => this.asyncAddStaticCounter(typeId, registrationId, label, key), {});
  }

  /** The same, to be polled for. @throws AeronError when it cannot be asked for */
  asyncAddStaticCounter(
    typeId: number,
    registrationId: bigint,
    label: string,
    key: Uint8Array = new Uint8Array(),
  ): Registration<Counter> {
    return this.#soon(
      this.#conductor.resources.addStaticCounter(typeId, registrationId, Buffer.from(key), label),
    );
  }

  /** Closes the publication of this client that has this registration id; does nothing when there is none. */
  removePublication(registrationId: bigint): void {
    this.#conductor.resources.publication(registrationId)?.close();
  }

  /** Closes the subscription of this client that has this registration id; does nothing when there is none. */
  removeSubscription(registrationId: bigint): void {
    this.#conductor.resources.subscription(registrationId)?.close();
  }

  /** An id that nothing else at this driver has. @throws AeronError when the client is closed */
  nextCorrelationId(): bigint {
    return this.#conductor.nextCorrelationId();
  }

  /** A session id that no publication of this stream has. @throws AeronError */
  nextAvailableSessionId(streamId: number, options: RequestOptions = {}): Promise<number> {
    if (!this.isClosed && this.counters.value(CONTROL_PROTOCOL_COUNTER) < SESSION_ID_PROTOCOL) {
      return Promise.resolve(randomInt(-(2 ** 31), 2 ** 31));
    }
    return awaited(() => this.#soon(this.#conductor.nextSessionId(streamId)), options);
  }

  /** The state of the endpoint that a publication or subscription uses. */
  channelStatus(resource: { readonly channelStatusId: number }): EndpointStatus {
    return readChannelStatus(this.counters, resource.channelStatusId);
  }

  /** The address that endpoint is bound to, or null while it is not active. */
  resolvedEndpoint(resource: { readonly channelStatusId: number }): string | null {
    return this.localSocketAddresses(resource)[0] ?? null;
  }

  /** The channel of a subscription with the port the system chose for port 0; null while it is not active. */
  tryResolveChannelEndpointPort(subscription: Subscription): string | null {
    return resolveEndpointPort(subscription.channel, this.localSocketAddresses(subscription));
  }

  /** The addresses that endpoint is bound to; the first one resolves a port 0. */
  localSocketAddresses(resource: { readonly channelStatusId: number }): string[] {
    return readLocalAddresses(this.counters, resource.channelStatusId);
  }

  /**
   * Adds a destination to a publication or a subscription with `control-mode=manual`.
   * @returns the registration id of the destination
   * @throws AeronError
   */
  addDestination(resource: PublicationBase | Subscription, channel: string): Promise<bigint> {
    return this.#command(addCommand(resource, channel));
  }

  /** Removes a destination: by its URI, or that of a publication by its registration id. @throws AeronError */
  removeDestination(resource: PublicationBase | Subscription, destination: string | bigint): Promise<bigint> {
    return this.#command(removeCommand(resource, destination));
  }

  /**
   * Tells a publisher that this image is not wanted; the driver keeps it away for a while. Needs a driver from 1.47.
   * @param reason at most 1023 bytes
   * @throws AeronError 8 for older drivers
   */
  async rejectImage(image: Image, reason: string): Promise<void> {
    if (this.counters.value(DRIVER_VERSION_COUNTER) < REJECTING_VERSION) {
      throw new AeronError(
        AeronErrorCode.NotSupported,
        'this driver cannot reject images: it is older than 1.47.0',
      );
    }
    await this.#soon(
      this.#conductor.command(commands.REJECT_IMAGE, {
        imageCorrelationId: image.correlationId,
        position: BigInt(image.position),
        reason: Buffer.from(reason).subarray(0, MAX_REASON_LENGTH).toString(),
      }),
    ).result;
  }

  /** Asks the driver to end; it does so only if its validator knows the token. */
  requestDriverTermination(token: Uint8Array): void {
    this.#conductor.terminateDriver(Buffer.from(token));
  }

  /** Closes all publications, subscriptions and counters of this client. */
  close(): void {
    this.#conductor.close();
    this.#timer.stop();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal For tests of what the driver keeps. */
  get files(): DriverFiles {
    return this.#files;
  }

  #command({ layout, values }: DestinationCommand): Promise<bigint> {
    return awaited(() => this.#soon(this.#conductor.command(layout, values)), {});
  }

  #soon<T>(request: Registration<T>): Registration<T> {
    this.#timer.soon();
    return request;
  }
}
