/** Handles the responses of the driver to one client. Source: Aeron 1.53 `ClientConductor`, `DriverEventsAdapter`. */
import * as responses from '../../layout/response-layouts.js';
import { AeronError, AeronErrorCode } from '../aeron-error.js';
import type { ErrorReporter } from '../error-reporter.js';
import type { PublicationBase } from '../publication/publication.js';
import type { ClientImages } from './client-images.js';
import type { ClientResources } from './client-resources.js';
import type { PendingRequests } from './pending-requests.js';

type AvailableImage = NonNullable<ReturnType<typeof responses.ON_AVAILABLE_IMAGE.decode>>;
type PublicationError = NonNullable<ReturnType<typeof responses.ON_PUBLICATION_ERROR.decode>>;

/** Events that responses cause. */
export interface ResponseEvents {
  availableCounter(counterId: number, registrationId: bigint): void;
  unavailableCounter(counterId: number, registrationId: bigint): void;
  publicationError(publication: PublicationBase, error: PublicationError): void;
}

/** The parts of a client that responses change. */
export interface ResponseHandlerParts {
  readonly clientId: bigint;
  readonly requests: PendingRequests;
  readonly resources: ClientResources;
  readonly images: ClientImages;
  readonly reporter: ErrorReporter;
  readonly events: ResponseEvents;
  /** Called when the driver has removed this client. */
  readonly clientTimedOut: () => void;
}

/** Passes each response to its handler. */
export class ResponseHandlers {
  readonly #parts: ResponseHandlerParts;
  /** Handlers of responses that do not settle a request. */
  readonly #handlers = new Map<unknown, (values: never) => void>([
    [responses.ON_AVAILABLE_IMAGE, (values: AvailableImage) => this.#onAvailableImage(values)],
    [responses.ON_UNAVAILABLE_IMAGE, (values) => this.#onUnavailableImage(values)],
    [responses.ON_ERROR, (values) => this.#onError(values)],
    [responses.ON_CLIENT_TIMEOUT, (values) => this.#onClientTimeout(values)],
    [responses.ON_PUBLICATION_ERROR, (values) => this.#onPublicationError(values)],
    [
      responses.ON_UNAVAILABLE_COUNTER,
      ({ counterId, correlationId }: { counterId: number; correlationId: bigint }) =>
        this.#parts.reporter.guard(() => this.#parts.events.unavailableCounter(counterId, correlationId)),
    ],
  ]);

  constructor(parts: ResponseHandlerParts) {
    this.#parts = parts;
  }

  /** Handles one response; reports an unknown or malformed one. */
  handle(typeId: number, payload: Buffer): void {
    const layout = responses.RESPONSES.find((candidate) => candidate.typeId === typeId);
    const values = layout?.decode(payload);
    if (layout === undefined || values == null) {
      this.#parts.reporter.report(
        new AeronError(AeronErrorCode.Generic, `unknown or malformed response of type ${typeId}`),
      );
      return;
    }
    const handler = this.#handlers.get(layout);
    if (handler !== undefined) handler(values as never);
    else this.#parts.requests.settle((values as { correlationId: bigint }).correlationId, values);
    if (layout === responses.ON_COUNTER_READY) {
      const { counterId, correlationId } = values as { counterId: number; correlationId: bigint };
      this.#parts.reporter.guard(() => this.#parts.events.availableCounter(counterId, correlationId));
    }
  }

  #onClientTimeout({ clientId }: { clientId: bigint }): void {
    if (clientId === this.#parts.clientId) this.#parts.clientTimedOut();
  }

  #onAvailableImage(ready: AvailableImage): void {
    const subscription = this.#parts.resources.subscription(ready.subscriptionRegistrationId);
    if (subscription !== undefined) this.#parts.images.add(subscription, ready);
  }

  #onUnavailableImage(ended: { correlationId: bigint; subscriptionRegistrationId: bigint }): void {
    const subscription = this.#parts.resources.subscription(ended.subscriptionRegistrationId);
    if (subscription !== undefined) this.#parts.images.drop(subscription, ended.correlationId);
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
    if (this.#parts.requests.reject(offendingCorrelationId, error)) return;
    const isEndpoint = errorCode === AeronErrorCode.ChannelEndpointError;
    if (isEndpoint && this.#parts.resources.usesStatusCounter(Number(offendingCorrelationId)))
      this.#parts.reporter.report(error);
  }

  #onPublicationError(error: PublicationError): void {
    for (const publication of this.#parts.resources.publicationsOf(error.registrationId)) {
      this.#parts.reporter.guard(() => this.#parts.events.publicationError(publication, error));
    }
  }
}
