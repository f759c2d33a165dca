/** The commands for destinations of publications and subscriptions with `control-mode=manual`. */
import * as commands from '../../layout/command-layouts.js';
import { invalid, requireI64 } from '../arguments.js';
import type { PublicationBase } from '../publication/publication.js';
import { Subscription } from '../subscription/subscription.js';
import type { DriverFeatures } from './driver-features.js';
import type { AnyLayout } from './pending-requests.js';

/** A command and its values, without client id and correlation id. */
export interface DestinationCommand {
  readonly layout: AnyLayout;
  readonly values: object;
}

/** The command that adds a destination. */
export function addCommand(resource: PublicationBase | Subscription, channel: string): DestinationCommand {
  const layout = resource instanceof Subscription ? commands.ADD_RCV_DESTINATION : commands.ADD_DESTINATION;
  return { layout, values: { registrationId: resource.registrationId, channel } };
}

/**
 * The command that removes a destination.
 * @param destination its URI, or the registration id of a destination of a publication
 * @throws AeronError 8 for an id with a driver before 1.46.1; RingwireError `INVALID_ARGUMENT`
 */
export function removeCommand(
  features: DriverFeatures,
  resource: PublicationBase | Subscription,
  destination: string | bigint,
): DestinationCommand {
  const { registrationId } = resource;
  const isSubscription = resource instanceof Subscription;
  if (typeof destination === 'string') {
    return {
      layout: isSubscription ? commands.REMOVE_RCV_DESTINATION : commands.REMOVE_DESTINATION,
      values: { registrationId, channel: destination },
    };
  }
  if (isSubscription)
    throw invalid('a subscription removes a destination by its URI, not by an id: give the URI');
  return {
    layout: features.removeDestinationById(),
    values: {
      resourceRegistrationId: registrationId,
      destinationRegistrationId: requireI64('destination', destination),
    },
  };
}
