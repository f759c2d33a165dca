/** The client of a media driver. Source of the names: Aeron 1.53 `Aeron`. */
import { randomInt } from 'node:crypto';
import * as commands from '../layout/command-layouts.js';
import { cutText } from '../layout/cut-text.js';
import { requireI32 } from './arguments.js';
import { type AeronOptions, resolveAeronOptions } from './client-options.js';
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
import { defaultDirectory } from './monitoring/driver-folder.js';
import type { PublicationBase } from './publication/publication.js';
import { ResourceRequests } from './resource-requests.js';
import type { Image } from './subscription/image.js';
import type { Subscription } from './subscription/subscription.js';

const MAX_REASON_LENGTH = 1023;

/**
 * A client of a media driver.
 *
 * Events:
 * - `error` (Error). Without a listener it becomes a process warning, unless the error ends the client and `close` has a
 *   listener.
 * - `close` (AeronError, or null after `close()`).
 * - `availableCounter` and `unavailableCounter` (counter id, registration id).
 * - `publicationError` (publication, error of a receiver).
 * - `newPublication`, `newExclusivePublication` and `newSubscription` (the resource), before its promise settles.
 *
 * @example
 * const aeron = await Aeron.connect();
 * const subscription = await aeron.addSubscription('aeron:ipc', 10);
 * const publication = await aeron.addPublication('aeron:ipc', 10);
 */
export class Aeron extends ResourceRequests {
  /**
   * Connects to the driver of a folder. Waits up to `driverTimeoutMs` for a driver to run.
   * @throws AeronError 1000 after that timeout; RingwireError `INVALID_ARGUMENT`, `INCOMPATIBLE_VERSION`,
   * `COULD_NOT_ACCESS_STORAGE` for a folder of another user
   */
  static async connect(options: AeronOptions = {}): Promise<Aeron> {
    const resolved = resolveAeronOptions(options);
    const files = await DriverFiles.connect(resolved);
    return new Aeron(files, resolved);
  }

  /**
   * Whether a driver is active: its last heartbeat is at most `timeoutMs` old.
   * @param directory folder of the driver; default: `AERON_DIR`, else `/dev/shm/aeron-<user>`
   * @param timeoutMs whole milliseconds from 0; default 10,000
   * @throws RingwireError when its file cannot be read
   */
  static isDriverActive(directory: string = defaultDirectory(), timeoutMs?: number): boolean {
    return isDriverActive(directory, timeoutMs);
  }

  /**
   * A session id that no publication of this stream has. With a driver before 1.49.0, which lacks the command, the id is
   * random.
   * @throws AeronError, RingwireError like {@link addPublication}
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

  /** First address of the endpoint, `ip:port`; null while the endpoint is not active. */
  resolvedEndpoint(resource: { readonly channelStatusId: number }): string | null {
    return this.localSocketAddresses(resource)[0] ?? null;
  }

  /**
   * The channel of a subscription with the port that the system chose for port 0; null while the endpoint is not active.
   */
  tryResolveChannelEndpointPort(subscription: Subscription): string | null {
    return resolveEndpointPort(subscription.channel, this.localSocketAddresses(subscription));
  }

  /** Addresses of the endpoint, `ip:port` each; an empty list while the endpoint is not active. */
  localSocketAddresses(resource: { readonly channelStatusId: number }): string[] {
    return readLocalAddresses(this.counters, resource.channelStatusId);
  }

  /**
   * Adds a destination to a publication or a subscription with `control-mode=manual`.
   * @param channel channel URI of the destination
   * @returns the registration id of the destination
   * @throws AeronError, RingwireError like {@link addPublication}
   */
  addDestination(
    resource: PublicationBase | Subscription,
    channel: string,
    options: RequestOptions = {},
  ): Promise<bigint> {
    return awaited(() => this.asyncAddDestination(resource, channel), options);
  }

  /** Like {@link addDestination}, as a {@link Registration} with the registration id of the destination. @throws AeronError */
  asyncAddDestination(resource: PublicationBase | Subscription, channel: string): Registration<bigint> {
    return this.#command(addCommand(resource, channel));
  }

  /**
   * Removes a destination.
   * @param destination its URI, or the registration id of a destination of a publication
   * @throws AeronError 8 for an id with a driver before 1.46.1; AeronError, RingwireError like {@link addPublication}
   */
  removeDestination(
    resource: PublicationBase | Subscription,
    destination: string | bigint,
    options: RequestOptions = {},
  ): Promise<bigint> {
    return awaited(() => this.asyncRemoveDestination(resource, destination), options);
  }

  /** Like {@link removeDestination}, as a {@link Registration}. @throws AeronError */
  asyncRemoveDestination(
    resource: PublicationBase | Subscription,
    destination: string | bigint,
  ): Registration<bigint> {
    return this.#command(removeCommand(this.conductor.features, resource, destination));
  }

  /**
   * Rejects an image. The driver ends it for all subscribers; no subscriber joins the publication again before the image
   * liveness timeout of the driver.
   * @param reason text for the publisher; cut between two characters to at most 1023 bytes
   * @throws AeronError 8 with a driver before 1.47.0; AeronError, RingwireError like {@link addPublication}
   */
  async rejectImage(image: Image, reason: string, options: RequestOptions = {}): Promise<void> {
    await awaited(() => this.asyncRejectImage(image, reason), options);
  }

  /** Like {@link rejectImage}, as a {@link Registration}. @throws AeronError */
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

  /** Requests the end of the driver, which decides by its termination validator. The driver does not answer. */
  requestDriverTermination(token: Uint8Array): void {
    this.conductor.terminateDriver(Buffer.from(token));
  }

  #command({ layout, values }: DestinationCommand): Registration<bigint> {
    return this.soon(this.conductor.command(layout, values));
  }
}
