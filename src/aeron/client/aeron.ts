/** The client of a media driver. Source of the names: Aeron 1.53 `Aeron`. */
import { randomInt } from 'node:crypto';
import * as commands from '../layout/command-layouts.js';
import { cutText } from '../layout/cut-text.js';
import { requireI32, requireI64 } from './arguments.js';
import { type AeronOptions, resolveAeronOptions } from './client-options.js';
import { ClientSession } from './client-session.js';
import { addCommand, type DestinationCommand, removeCommand } from './conductor/destination-commands.js';
import { DriverFiles } from './conductor/driver-files.js';
import { awaited, type Registration, type RequestOptions } from './conductor/registration.js';
import {
  type EndpointStatus,
  readChannelStatus,
  readLocalAddresses,
  resolveEndpointPort,
} from './endpoint-status.js';
import { isDriverActive } from './monitoring/cnc-file.js';
import type { Counter } from './monitoring/counter.js';
import { defaultDirectory } from './monitoring/driver-folder.js';
import { Publication } from './publication/concurrent-publication.js';
import { ExclusivePublication } from './publication/exclusive-publication.js';
import type { PublicationBase } from './publication/publication.js';
import type { Image } from './subscription/image.js';
import type { Subscription, SubscriptionEvents } from './subscription/subscription.js';

const MAX_REASON_LENGTH = 1023;

/**
 * A client of a media driver.
 *
 * Events: `error` (Error), `close` (AeronError or null), `availableCounter` and `unavailableCounter` (counter id,
 * registration id), `publicationError` (publication, error of a receiver), `newPublication`,
 * `newExclusivePublication`, `newSubscription` (the resource, before its promise is settled). An error without a
 * listener is a process warning, except one that ends the client and has a listener of `close`.
 *
 * @example
 * const aeron = await Aeron.connect();
 * const subscription = await aeron.addSubscription('aeron:ipc', 10);
 * const publication = await aeron.addPublication('aeron:ipc', 10);
 */
export class Aeron extends ClientSession {
  /**
   * Connects to the driver of a folder; waits for it up to `driverTimeoutMs`.
   * @throws AeronError 1000 when there is none in time; RingwireError `INVALID_ARGUMENT`, `INCOMPATIBLE_VERSION`,
   * `COULD_NOT_ACCESS_STORAGE` for a folder of another user
   */
  static async connect(options: AeronOptions = {}): Promise<Aeron> {
    const resolved = resolveAeronOptions(options);
    const files = await DriverFiles.connect(resolved);
    return new Aeron(files, resolved);
  }

  /**
   * Whether the heartbeat of a driver is at most `timeoutMs` milliseconds old. Default: 10,000.
   * @throws RingwireError when its file cannot be read
   */
  static isDriverActive(directory: string = defaultDirectory(), timeoutMs?: number): boolean {
    return isDriverActive(directory, timeoutMs);
  }

  /** A publication shared by all processes that publish on this channel and stream. @throws AeronError */
  addPublication(channel: string, streamId: number, options: RequestOptions = {}): Promise<Publication> {
    return awaited(() => this.asyncAddPublication(channel, streamId), options);
  }

  /** The same as a {@link Registration}. @throws AeronError when the request cannot be sent */
  asyncAddPublication(channel: string, streamId: number): Registration<Publication> {
    requireI32('streamId', streamId);
    return this.soon(
      this.conductor.resources.addPublication(
        commands.ADD_PUBLICATION,
        channel,
        streamId,
        (parts) => new Publication(parts),
      ),
    );
  }

  /** A publication with its own session and one writer: faster. @throws AeronError */
  addExclusivePublication(
    channel: string,
    streamId: number,
    options: RequestOptions = {},
  ): Promise<ExclusivePublication> {
    return awaited(() => this.asyncAddExclusivePublication(channel, streamId), options);
  }

  /** The same as a {@link Registration}. @throws AeronError when the request cannot be sent */
  asyncAddExclusivePublication(channel: string, streamId: number): Registration<ExclusivePublication> {
    requireI32('streamId', streamId);
    return this.soon(
      this.conductor.resources.addPublication(
        commands.ADD_EXCLUSIVE_PUBLICATION,
        channel,
        streamId,
        (parts) => new ExclusivePublication(parts),
      ),
    );
  }

  /** A subscription to all publishers of a channel and stream. @throws AeronError */
  addSubscription(
    channel: string,
    streamId: number,
    events: SubscriptionEvents & RequestOptions = {},
  ): Promise<Subscription> {
    return awaited(() => this.asyncAddSubscription(channel, streamId, events), events);
  }

  /** The same as a {@link Registration}. @throws AeronError when the request cannot be sent */
  asyncAddSubscription(
    channel: string,
    streamId: number,
    events: SubscriptionEvents = {},
  ): Registration<Subscription> {
    requireI32('streamId', streamId);
    return this.soon(this.conductor.resources.addSubscription(channel, streamId, events));
  }

  /**
   * A counter that every process can read.
   * @param typeId a 32-bit number; users have 1000 and above
   * @param label the driver cuts it at 380 bytes, `key` at 112
   * @throws AeronError
   */
  addCounter(
    typeId: number,
    label: string,
    key: Uint8Array = new Uint8Array(),
    options: RequestOptions = {},
  ): Promise<Counter> {
    return awaited(() => this.asyncAddCounter(typeId, label, key), options);
  }

  /** The same as a {@link Registration}. @throws AeronError when the request cannot be sent */
  asyncAddCounter(typeId: number, label: string, key: Uint8Array = new Uint8Array()): Registration<Counter> {
    requireI32('typeId', typeId);
    return this.soon(this.conductor.resources.addCounter(typeId, Buffer.from(key), label));
  }

  /** A counter that outlives this client. @throws AeronError, 8 before driver version 1.45.0 */
  addStaticCounter(
    typeId: number,
    registrationId: bigint,
    label: string,
    key: Uint8Array = new Uint8Array(),
    options: RequestOptions = {},
  ): Promise<Counter> {
    return awaited(() => this.asyncAddStaticCounter(typeId, registrationId, label, key), options);
  }

  /** The same as a {@link Registration}. @throws AeronError when the request cannot be sent */
  asyncAddStaticCounter(
    typeId: number,
    registrationId: bigint,
    label: string,
    key: Uint8Array = new Uint8Array(),
  ): Registration<Counter> {
    requireI32('typeId', typeId);
    requireI64('registrationId', registrationId);
    this.conductor.features.requireStaticCounters();
    return this.soon(
      this.conductor.resources.addStaticCounter(typeId, registrationId, Buffer.from(key), label),
    );
  }

  /** Closes the publication with this registration id; does nothing for an unknown id. */
  removePublication(registrationId: bigint): void {
    this.conductor.resources.publication(registrationId)?.close();
  }

  /** Closes the subscription with this registration id; does nothing for an unknown id. */
  removeSubscription(registrationId: bigint): void {
    this.conductor.resources.subscription(registrationId)?.close();
  }

  /** Closes the counter with this registration id; does nothing for an unknown id. */
  removeCounter(registrationId: bigint): void {
    this.conductor.resources.counter(registrationId)?.close();
  }

  /**
   * A session id that no publication of this stream has. A driver before 1.49.0 has no such command: the id is random.
   * @throws AeronError
   */
  async nextAvailableSessionId(streamId: number, options: RequestOptions = {}): Promise<number> {
    requireI32('streamId', streamId);
    if (!this.isClosed && !this.conductor.features.givesSessionIds) return randomInt(-(2 ** 31), 2 ** 31);
    return awaited(() => this.soon(this.conductor.nextSessionId(streamId)), options);
  }

  /** Status of the endpoint of a publication or subscription. */
  channelStatus(resource: { readonly channelStatusId: number }): EndpointStatus {
    return readChannelStatus(this.counters, resource.channelStatusId);
  }

  /** First address of the endpoint, `ip:port`, or null while it is not active. */
  resolvedEndpoint(resource: { readonly channelStatusId: number }): string | null {
    return this.localSocketAddresses(resource)[0] ?? null;
  }

  /** The channel of a subscription with the port that the system chose for port 0; null while it is not active. */
  tryResolveChannelEndpointPort(subscription: Subscription): string | null {
    return resolveEndpointPort(subscription.channel, this.localSocketAddresses(subscription));
  }

  /** Addresses of the endpoint, `ip:port`; the first one resolves a port 0. */
  localSocketAddresses(resource: { readonly channelStatusId: number }): string[] {
    return readLocalAddresses(this.counters, resource.channelStatusId);
  }

  /**
   * Adds a destination to a publication or a subscription with `control-mode=manual`.
   * @returns the registration id of the destination
   * @throws AeronError
   */
  addDestination(
    resource: PublicationBase | Subscription,
    channel: string,
    options: RequestOptions = {},
  ): Promise<bigint> {
    return awaited(() => this.asyncAddDestination(resource, channel), options);
  }

  /** The same as a {@link Registration}: its registration id is that of the destination. @throws AeronError */
  asyncAddDestination(resource: PublicationBase | Subscription, channel: string): Registration<bigint> {
    return this.#command(addCommand(resource, channel));
  }

  /**
   * Removes a destination.
   * @param destination its URI, or the registration id of a destination of a publication
   * @throws AeronError, 8 for an id before driver version 1.46.1
   */
  removeDestination(
    resource: PublicationBase | Subscription,
    destination: string | bigint,
    options: RequestOptions = {},
  ): Promise<bigint> {
    return awaited(() => this.asyncRemoveDestination(resource, destination), options);
  }

  /** The same as a {@link Registration}. @throws AeronError */
  asyncRemoveDestination(
    resource: PublicationBase | Subscription,
    destination: string | bigint,
  ): Registration<bigint> {
    return this.#command(removeCommand(this.conductor.features, resource, destination));
  }

  /**
   * Rejects an image: the driver ends it for all subscribers and keeps them away for a while.
   * @param reason cut at 1023 bytes, between two characters
   * @throws AeronError, 8 before driver version 1.47.0
   */
  async rejectImage(image: Image, reason: string, options: RequestOptions = {}): Promise<void> {
    await awaited(() => this.asyncRejectImage(image, reason), options);
  }

  /** The same as a {@link Registration}. @throws AeronError */
  asyncRejectImage(image: Image, reason: string): Registration<bigint> {
    this.conductor.features.requireRejection();
    return this.#command({
      layout: commands.REJECT_IMAGE,
      values: {
        imageCorrelationId: image.correlationId,
        position: BigInt(image.position),
        reason: cutText(reason, MAX_REASON_LENGTH).toString(),
      },
    });
  }

  /** Asks the driver to terminate; it does so only if its validator accepts the token. */
  requestDriverTermination(token: Uint8Array): void {
    this.conductor.terminateDriver(Buffer.from(token));
  }

  #command({ layout, values }: DestinationCommand): Registration<bigint> {
    return this.soon(this.conductor.command(layout, values));
  }
}
