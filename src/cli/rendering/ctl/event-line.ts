/** Events of a manager as lines for people. */
import type { ControlEvent, ReceivedEvent } from '../../../control/index.js';
import type { Colours } from '../colours.js';
import { stateColour } from './process-list.js';
import { timeOfDay } from './times.js';

/** The line of `ctl events`, in the columns of the original command. */
export function eventLine(event: ReceivedEvent): string {
  const { date, type, id, summary } = event;
  return `${timeOfDay(date)}  ${type.padEnd(32)}  ${id.padEnd(20)}  ${summary}${why(event)}\n`;
}

/** `started (pid 12)`, `crashed (exit 3)`: the last word of the type, with what led to the event. */
export function eventWords(event: ControlEvent, pid: number | undefined, colours: Colours): string {
  const word = event.type.replace(/^\w+\./, '').replaceAll('_', ' ');
  const colour = stateColour(word === 'started' ? 'running' : word, colours);
  return `${colour(word)}${word === 'started' && pid !== undefined ? ` (pid ${pid}${reasonAfterPid(event)})` : why(event)}`;
}

function reasonAfterPid({ reason }: ControlEvent): string {
  return reason === undefined ? '' : `, ${reason}`;
}

function why({ exit, signal, reason }: Pick<ControlEvent, 'exit' | 'signal' | 'reason'>): string {
  const parts = [exit === undefined ? '' : `exit ${exit}`, signal ?? '', reason ?? ''].filter(Boolean);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
