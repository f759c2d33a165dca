/** Requests of a client for publications, subscriptions and counters. */
import * as commands from '../layout/command-layouts.js';
import { requireI32, requireI64 } from './arguments.js';
import { ClientSession } from './client-session.js';
import { awaited, type Registration, type RequestOptions } from './conductor/registration.js';
import type { Counter } from './monitoring/counter.js';
import { Publication } from './publication/concurrent-publication.js';
import { ExclusivePublication } from './publication/exclusive-publication.js';
import type { Subscription, SubscriptionEvents } from './subscription/subscription.js';

/** The part of {@link Aeron} that adds and removes resources. */
export abstract class ResourceRequests extends ClientSession {
  /**
   * Adds a publication that all publishers of this channel and stream share.
   * @param channel channel URI, see {@link ChannelUri}
   * @param streamId 32 bits signed
   * @throws AeronError when the driver refuses or does not answer within `driverTimeoutMs`; RingwireError
   * `INVALID_ARGUMENT`; the reason of the signal
   */
  addPublication(channel: string, streamId: number, options: RequestOptions = {}): Promise<Publication> {
    return awaited(() => this.asyncAddPublication(channel, streamId), options);
  }

  /** Like {@link addPublication}, as a {@link Registration}. @throws AeronError when the command cannot be sent */
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

  /**
   * Adds a publication with its own session and one writer, which is faster.
   * @throws AeronError, RingwireError like {@link addPublication}
   */
  addExclusivePublication(
    channel: string,
    streamId: number,
    options: RequestOptions = {},
  ): Promise<ExclusivePublication> {
    return awaited(() => this.asyncAddExclusivePublication(channel, streamId), options);
  }

  /** Like {@link addExclusivePublication}, as a {@link Registration}. @throws AeronError when the command cannot be sent */
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

  /**
   * Adds a subscription to all publishers of a channel and stream.
   * @param events callbacks for its images, and the signal of the request
   * @throws AeronError, RingwireError like {@link addPublication}
   */
  addSubscription(
    channel: string,
    streamId: number,
    events: SubscriptionEvents & RequestOptions = {},
  ): Promise<Subscription> {
    return awaited(() => this.asyncAddSubscription(channel, streamId, events), events);
  }

  /** Like {@link addSubscription}, as a {@link Registration}. @throws AeronError when the command cannot be sent */
  asyncAddSubscription(
    channel: string,
    streamId: number,
    events: SubscriptionEvents = {},
  ): Registration<Subscription> {
    requireI32('streamId', streamId);
    return this.soon(this.conductor.resources.addSubscription(channel, streamId, events));
  }

  /**
   * Adds a counter that every process can read. The driver frees it with this client.
   * @param typeId 32 bits signed; types of users start at 1000
   * @param label text; the driver stores at most 380 bytes
   * @param key bytes of any meaning; the driver stores at most 112 bytes; default: none
   * @throws AeronError, RingwireError like {@link addPublication}
   */
  addCounter(
    typeId: number,
    label: string,
    key: Uint8Array = new Uint8Array(),
    options: RequestOptions = {},
  ): Promise<Counter> {
    return awaited(() => this.asyncAddCounter(typeId, label, key), options);
  }

  /** Like {@link addCounter}, as a {@link Registration}. @throws AeronError when the command cannot be sent */
  asyncAddCounter(typeId: number, label: string, key: Uint8Array = new Uint8Array()): Registration<Counter> {
    requireI32('typeId', typeId);
    return this.soon(this.conductor.resources.addCounter(typeId, Buffer.from(key), label));
  }

  /**
   * Adds a counter that outlives this client, or returns the existing one with this type and registration id.
   * @param registrationId 64 bits signed, chosen by the caller
   * @throws AeronError 8 with a driver before 1.45.0; AeronError, RingwireError like {@link addPublication}
   */
  addStaticCounter(
    typeId: number,
    registrationId: bigint,
    label: string,
    key: Uint8Array = new Uint8Array(),
    options: RequestOptions = {},
  ): Promise<Counter> {
    return awaited(() => this.asyncAddStaticCounter(typeId, registrationId, label, key), options);
  }

  /** Like {@link addStaticCounter}, as a {@link Registration}. @throws AeronError when the command cannot be sent */
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
}
