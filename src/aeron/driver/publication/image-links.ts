/** Links between subscriptions and publications: creates, announces, rejects and removes images. */
import { AeronError, AeronErrorCode } from '../../client/aeron-error.js';
import type * as commands from '../../layout/command-layouts.js';
import { CounterType } from '../../layout/counter-layout.js';
import * as responses from '../../layout/response-layouts.js';
import { SystemCounterId } from '../../layout/system-counter-ids.js';
import type { DriverOutput, Values } from '../driver-output.js';
import type { DriverSubscription } from '../driver-subscription.js';
import { streamCounter } from '../stream-counters.js';
import { type IpcPublication, PublicationState } from './ipc-publication.js';
import type { PublicationTable } from './publication-table.js';
import { SubscriberPosition, Tether } from './subscriber-position.js';

const IPC = 'aeron:ipc';
const MAX_REASON_LENGTH = 1023;

/** Subscriptions and their images. */
export class ImageLinks {
  readonly #output: DriverOutput;
  readonly #publications: PublicationTable;
  /** Milliseconds for which no subscription joins a publication after a rejected image. */
  readonly #coolDownMillis: number;
  readonly #subscriptions = new Map<bigint, DriverSubscription>();

  constructor(output: DriverOutput, publications: PublicationTable, coolDownMillis: number) {
    this.#output = output;
    this.#publications = publications;
    this.#coolDownMillis = coolDownMillis;
  }

  subscription(registrationId: bigint): DriverSubscription | undefined {
    return this.#subscriptions.get(registrationId);
  }

  /** Adds a subscription, which joins all matching publications, current and later ones. */
  add(subscription: DriverSubscription): void {
    this.#subscriptions.set(subscription.registrationId, subscription);
  }

  linkPublications(subscription: DriverSubscription): void {
    const now = performance.now();
    for (const publication of this.#publications) {
      if (publication.accepts(now)) this.#link(subscription, publication);
    }
  }

  linkSubscriptions(publication: IpcPublication): void {
    if (!publication.accepts(performance.now())) return;
    for (const subscription of this.#subscriptions.values()) this.#link(subscription, publication);
  }

  /** Removes a subscription. Sends no response: its client requested the removal. */
  forget(subscription: DriverSubscription): void {
    this.#subscriptions.delete(subscription.registrationId);
    for (const publication of this.#publications) {
      for (const subscriber of publication.subscribers) {
        if (subscriber.subscription === subscription) this.#unlink(publication, subscriber);
      }
    }
  }

  forgetClient(clientId: bigint): void {
    for (const subscription of [...this.#subscriptions.values()]) {
      if (subscription.clientId === clientId) this.forget(subscription);
    }
  }

  /** Announces the end of a stream to every subscriber. */
  end(publication: IpcPublication): void {
    for (const subscriber of publication.subscribers) this.#imageGone(publication, subscriber);
  }

  reject(command: Values<typeof commands.REJECT_IMAGE>): void {
    const publication = this.#publications.get(command.imageCorrelationId);
    if (publication === undefined || publication.state === PublicationState.Linger) {
      throw new AeronError(
        AeronErrorCode.Generic,
        `unable to find image ${command.imageCorrelationId} to reject`,
      );
    }
    if (Buffer.byteLength(command.reason) > MAX_REASON_LENGTH) {
      throw new AeronError(
        AeronErrorCode.Generic,
        `a reason has at most ${MAX_REASON_LENGTH} bytes, not ${Buffer.byteLength(command.reason)}`,
      );
    }
    this.#output.send(responses.ON_PUBLICATION_ERROR, {
      registrationId: publication.registrationId,
      destinationRegistrationId: -1n,
      sessionId: publication.sessionId,
      streamId: publication.streamId,
      receiverId: -1n,
      groupTag: -1n,
      addressType: 1,
      sourcePort: 0,
      sourceAddress: Buffer.concat([Buffer.from([127, 0, 0, 1]), Buffer.alloc(12)]),
      errorCode: AeronErrorCode.ImageRejected,
      message: command.reason,
    });
    this.#output.note(`image ${command.imageCorrelationId} was rejected: ${command.reason}`);
    for (const subscriber of publication.subscribers) {
      this.#imageGone(publication, subscriber, subscriber.subscription.channel);
      this.#unlink(publication, subscriber);
    }
    publication.coolDownUntil = performance.now() + this.#coolDownMillis;
    this.#output.counters.add(SystemCounterId.ImagesRejected, 1n);
    this.#output.send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
  }

  /** Advances the states of untethered subscribers: too slow, resting, rejoined. */
  checkTethers(publication: IpcPublication, now: number): void {
    const { untetheredWindowLimitNs, untetheredLingerNs, untetheredRestingNs } = publication.params;
    const limit = publication.untetheredLimit;
    for (const subscriber of [...publication.subscribers]) {
      const longerThan = (nanos: bigint) => now - subscriber.since > Number(nanos / 1_000_000n);
      const { tether, rejoin } = subscriber.subscription;
      if (subscriber.state === Tether.Active) {
        if (tether || subscriber.position > limit) subscriber.since = now;
        else if (longerThan(untetheredWindowLimitNs)) {
          this.#imageGone(publication, subscriber);
          enter(subscriber, Tether.Linger, now);
        }
      } else if (subscriber.state === Tether.Linger && longerThan(untetheredLingerNs)) {
        if (rejoin) enter(subscriber, Tether.Resting, now);
        else this.#unlink(publication, subscriber);
      } else if (subscriber.state === Tether.Resting && longerThan(untetheredRestingNs)) {
        subscriber.position = publication.joinPosition;
        enter(subscriber, Tether.Active, now);
        this.#announce(publication, subscriber);
      }
    }
  }

  #link(subscription: DriverSubscription, publication: IpcPublication): void {
    const { sessionId, streamId, registrationId } = publication;
    const matches =
      subscription.streamId === streamId &&
      (subscription.sessionId === null ? !subscription.isResponse : subscription.sessionId === sessionId) &&
      !publication.subscribers.some((subscriber) => subscriber.subscription === subscription);
    if (!matches) return;
    const join = publication.joinPosition;
    const counterId = this.#output.counters.allocate(
      streamCounter({
        typeId: CounterType.SubscriberPosition,
        name: 'sub-pos',
        registrationId: subscription.registrationId,
        sessionId,
        streamId,
        channel: subscription.channel,
        ownerId: subscription.clientId,
        referenceId: registrationId,
        value: BigInt(join),
        suffix: ` @${join}`,
      }),
    );
    const subscriber = new SubscriberPosition(
      subscription,
      counterId,
      this.#output.counters.slot(counterId),
      performance.now(),
    );
    publication.addSubscriber(subscriber);
    this.#announce(publication, subscriber);
  }

  #announce(publication: IpcPublication, subscriber: SubscriberPosition): void {
    this.#output.send(responses.ON_AVAILABLE_IMAGE, {
      correlationId: publication.registrationId,
      sessionId: publication.sessionId,
      streamId: publication.streamId,
      subscriptionRegistrationId: subscriber.subscription.registrationId,
      subscriberPositionId: subscriber.counterId,
      logFile: publication.log.path,
      sourceIdentity: IPC,
    });
  }

  #unlink(publication: IpcPublication, subscriber: SubscriberPosition): void {
    publication.removeSubscriber(subscriber);
    this.#output.counters.free(subscriber.counterId);
  }

  #imageGone(publication: IpcPublication, { subscription }: SubscriberPosition, channel: string = IPC): void {
    this.#output.send(responses.ON_UNAVAILABLE_IMAGE, {
      correlationId: publication.registrationId,
      subscriptionRegistrationId: subscription.registrationId,
      streamId: publication.streamId,
      channel,
    });
  }
}

function enter(subscriber: SubscriberPosition, state: Tether, now: number): void {
  subscriber.state = state;
  subscriber.since = now;
}
