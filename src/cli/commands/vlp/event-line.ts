/** Events for people: one line each, and beats only when the status changes. */
import { type BeatEvent, type HealthEvent, type Status, statusLabel } from '../../../health/index.js';
import type { Colours } from '../../rendering/colours.js';
import { printable } from '../../rendering/printable.js';
import { statusColour } from './agent-list.js';

/** Renders events as lines; remembers the last status of each agent. */
export class EventLines {
  readonly #colours: Colours;
  /** The last printed status of each agent. */
  readonly #printed = new Map<string, Status>();

  constructor(colours: Colours) {
    this.#colours = colours;
  }

  /**
   * The line of an event, or null when it has none.
   * @param date time of the event
   * @param name id of the process in its manager; null if unknown
   */
  line(event: HealthEvent, date: Date, name: string | null): string | null {
    const text = this.#text(event, name === null ? '' : ` (${printable(name)})`);
    return text === null ? null : `${this.#colours.dim(date.toISOString())}  ${text}\n`;
  }

  /** @param who blank and id of the process, or an empty text */
  #text(event: HealthEvent, who: string): string | null {
    const { red, yellow } = this.#colours;
    switch (event.kind) {
      case 'beat': {
        const { pid, status, payload, terminal, resumed } = event;
        const known = this.#printed.get(agentOf(event));
        this.#printed.set(agentOf(event), status);
        if (terminal) return red(`pid ${pid}${who} crashed: terminal frame`);
        if (known === status && !resumed) return null;
        const colour = statusColour(status, this.#colours);
        const verb = known === undefined ? 'is here' : resumed ? 'beats again' : 'says';
        return colour(`pid ${pid}${who} ${verb}: ${statusLabel(status)}, payload ${payload}`);
      }
      case 'stall': {
        const silent = Math.round((event.nanos - event.lastNanos) / 1e6);
        return red(`pid ${event.pid}${who} stalled: silent for ${silent} ms after nonce ${event.lastNonce}`);
      }
      case 'decode':
        return yellow(`not a frame: ${event.error.message}`);
      case 'auth':
        return yellow(
          `refused: a frame of pid ${event.claimedPid} from pid ${event.senderPid}, uid ${event.senderUid}`,
        );
      case 'io':
        return yellow(event.error);
      case 'eviction':
        for (const agent of this.#printed.keys()) {
          if (agent.startsWith(`${event.pid} `)) this.#printed.delete(agent);
        }
        return `pid ${event.pid}${who} evicted`;
      case 'recovery':
        return recoveryText(event);
    }
  }
}

/** The texts of varta-watch. */
export function recoveryText({
  pid,
  action,
  child,
  detail,
}: Extract<HealthEvent, { kind: 'recovery' }>): string {
  switch (action) {
    case 'spawned':
      return `recovery for pid ${pid} spawned (child ${child})`;
    case 'failed':
      return `recovery for pid ${pid} failed to spawn: ${detail}`;
    case 'killed':
      return `recovery child ${child} killed after timeout`;
    case 'refused':
      return `recovery for pid ${pid} refused: ${detail}`;
    case 'exited':
      return detail === '0'
        ? `recovery child ${child} done`
        : `recovery child ${child} exited non-zero: ${detail}`;
  }
}

/** Two machines may use one pid. */
function agentOf({ pid, source, address = '' }: BeatEvent): string {
  return `${pid} ${source} ${address}`;
}
