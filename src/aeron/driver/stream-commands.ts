/** Commands for publications and subscriptions. Responses and their order are those of Aeron 1.53 `DriverConductor`. */
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import * as commands from '../layout/command-layouts.js';
import * as responses from '../layout/response-layouts.js';
import type { ClientTable } from './client-table.js';
import type { CommandDispatch } from './command-dispatch.js';
import type { DriverClient } from './driver-client.js';
import type { ResolvedDriverOptions } from './driver-options.js';
import type { DriverOutput, Values } from './driver-output.js';
import { driverSubscription } from './driver-subscription.js';
import type { ImageLinks } from './publication/image-links.js';
import type { IpcPublication } from './publication/ipc-publication.js';
import { publicationParams } from './publication/publication-params.js';
import type { PublicationTable } from './publication/publication-table.js';

/** The parts of a driver that these commands use. */
export interface StreamCommandsParts {
  readonly options: ResolvedDriverOptions;
  readonly output: DriverOutput;
  readonly clients: ClientTable;
  readonly publications: PublicationTable;
  readonly images: ImageLinks;
}

/** Serves the commands for publications and subscriptions. */
export class StreamCommands {
  readonly #options: ResolvedDriverOptions;
  readonly #output: DriverOutput;
  readonly #clients: ClientTable;
  readonly #publications: PublicationTable;
  readonly #images: ImageLinks;

  constructor(parts: StreamCommandsParts) {
    this.#options = parts.options;
    this.#output = parts.output;
    this.#clients = parts.clients;
    this.#publications = parts.publications;
    this.#images = parts.images;
  }

  /** Registers the handlers of these commands. */
  register(dispatch: CommandDispatch): void {
    dispatch.on(commands.ADD_PUBLICATION, (values) => this.#addPublication(values, false));
    dispatch.on(commands.ADD_EXCLUSIVE_PUBLICATION, (values) => this.#addPublication(values, true));
    dispatch.on(commands.REMOVE_PUBLICATION, (values) => this.#removePublication(values));
    dispatch.on(commands.ADD_SUBSCRIPTION, (values) => this.#addSubscription(values));
    dispatch.on(commands.REMOVE_SUBSCRIPTION, (values) => this.#removeSubscription(values));
    dispatch.on(commands.REJECT_IMAGE, (values) => this.#images.reject(values));
    dispatch.on(commands.GET_NEXT_AVAILABLE_SESSION_ID, ({ correlationId, streamId }) =>
      this.#output.send(responses.ON_NEXT_AVAILABLE_SESSION_ID, {
        correlationId,
        nextSessionId: this.#publications.takeSessionId(streamId),
      }),
    );
  }

  /** Drops the references of a client to its publications. */
  forgetPublications(client: DriverClient): void {
    for (const registrationId of client.publications.values()) {
      const publication = this.#publications.get(registrationId);
      if (publication !== undefined) this.#dropReference(publication);
    }
  }

  #addPublication(command: Values<typeof commands.ADD_PUBLICATION>, exclusive: boolean): void {
    const { clientId, correlationId, streamId } = command;
    const params = publicationParams(command.channel, this.#options);
    const shared = exclusive ? undefined : this.#publications.shared(streamId, params);
    const publication =
      shared ?? this.#publications.create(clientId, correlationId, streamId, params, exclusive);
    let client: DriverClient;
    try {
      client = this.#clients.known(clientId);
    } catch (error) {
      if (shared === undefined) this.#publications.discard(publication);
      throw error;
    }
    client.publications.set(correlationId, publication.registrationId);
    publication.references++;
    this.#output.send(exclusive ? responses.ON_EXCLUSIVE_PUBLICATION_READY : responses.ON_PUBLICATION_READY, {
      correlationId,
      registrationId: publication.registrationId,
      sessionId: publication.sessionId,
      streamId,
      positionLimitCounterId: publication.limitCounterId,
      channelStatusIndicatorId: -1,
      logFile: publication.log.path,
    });
    this.#setResponseSession(publication);
    this.#output.guard(() => this.#images.linkSubscriptions(publication));
  }

  /** Sets the session id of the response subscription that waits for this publication. */
  #setResponseSession({ params, sessionId }: IpcPublication): void {
    const asked = this.#publications.get(params.responseCorrelationId);
    if (asked === undefined) return;
    const waiting = this.#images.subscription(asked.params.responseCorrelationId);
    if (waiting?.isResponse) waiting.sessionId = sessionId;
  }

  #removePublication(command: Values<typeof commands.REMOVE_PUBLICATION>): void {
    const client = this.#clients.get(command.clientId);
    const original = client?.publications.get(command.registrationId);
    const publication = original === undefined ? undefined : this.#publications.get(original);
    if (client === undefined || publication === undefined) {
      throw new AeronError(
        AeronErrorCode.UnknownPublication,
        `unknown publication ${command.registrationId}`,
      );
    }
    if ((command.flags & commands.REVOKE) !== 0n) publication.markRevoked();
    client.publications.delete(command.registrationId);
    this.#dropReference(publication);
    this.#output.send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
  }

  #dropReference(publication: IpcPublication): void {
    if (--publication.references > 0) return;
    publication.drain();
  }

  #addSubscription(command: Values<typeof commands.ADD_SUBSCRIPTION>): void {
    const { clientId, correlationId, streamId, channel } = command;
    const subscription = driverSubscription(this.#options, correlationId, clientId, streamId, channel);
    this.#clients.known(clientId);
    this.#images.add(subscription);
    this.#output.send(responses.ON_SUBSCRIPTION_READY, { correlationId, channelStatusIndicatorId: -1 });
    this.#output.guard(() => this.#images.linkPublications(subscription));
  }

  #removeSubscription(command: Values<typeof commands.REMOVE_SUBSCRIPTION>): void {
    const subscription = this.#images.subscription(command.registrationId);
    if (subscription === undefined) {
      throw new AeronError(
        AeronErrorCode.UnknownSubscription,
        `unknown subscription ${command.registrationId}`,
      );
    }
    this.#images.forget(subscription);
    this.#output.send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
  }
}
