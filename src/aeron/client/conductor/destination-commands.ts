/** The commands for destinations of publications and subscriptions with `control-mode=manual`. */
import * as commands from '../../layout/command-layouts.js';
import type { PublicationBase } from '../publication/publication.js';
import { Subscription } from '../subscription/subscription.js';
import type { AnyLayout } from './pending-requests.js';

export interface DestinationCommand {
  readonly layout: AnyLayout;
  readonly values: object;
}

export function addCommand(resource: PublicationBase | Subscription, channel: string): DestinationCommand {
  const layout = resource instanceof Subscription ? commands.ADD_RCV_DESTINATION : commands.ADD_DESTINATION;
  return { layout, values: { registrationId: resource.registrationId, channel } };
}

/** @param destination its URI, or that of a publication its registration id */
export function removeCommand(
  resource: PublicationBase | Subscription,
  destination: string | bigint,
): DestinationCommand {
  const { registrationId } = resource;
  if (typeof destination === 'bigint') {
    return {
      layout: commands.REMOVE_DESTINATION_BY_ID,
      values: { resourceRegistrationId: registrationId, destinationRegistrationId: destination },
    };
  }
  const isSubscription = resource instanceof Subscription;
  return {
    layout: isSubscription ? commands.REMOVE_RCV_DESTINATION : commands.REMOVE_DESTINATION,
    values: { registrationId, channel: destination },
  };
}
