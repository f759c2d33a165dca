/** Events of an observer that come before the command is ready to print them. */
import type { EventEmitter } from 'node:events';
import type { HealthEvent, HealthEvents } from '../../../health/index.js';

/**
 * Holds the events of an observer from now on.
 * @returns a function that hands the held events to `take`, in their order, and then every further event
 */
export function holdEvents(
  observer: Pick<EventEmitter<HealthEvents>, 'on' | 'off'>,
): (take: (event: HealthEvent) => void) => void {
  const held: HealthEvent[] = [];
  const hold = (event: HealthEvent) => {
    held.push(event);
  };
  observer.on('event', hold);
  return (take) => {
    observer.off('event', hold);
    observer.on('event', take);
    for (const event of held) take(event);
  };
}
