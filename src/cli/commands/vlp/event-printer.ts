/** Prints events for people, in their order, with the ids of supervised processes. */
import type { HealthEvent } from '../../../health/index.js';
import { printNote, printText } from '../../print.js';
import { coloursFor } from '../../rendering/colours.js';
import { EventLines, recoveryText } from './event-line.js';
import type { ProcessNames } from './process-names.js';

/** Prints a line for an event, or nothing. Recoveries go to stderr. */
export class EventPrinter {
  readonly #lines = new EventLines(coloursFor(process.stdout));
  readonly #names: ProcessNames;
  readonly #unixMillis: (nanos: number) => number;
  #last: Promise<void> | null = null;

  /** @param unixMillis the Unix time of an event from its nanoseconds */
  constructor(names: ProcessNames, unixMillis: (nanos: number) => number) {
    this.#names = names;
    this.#unixMillis = unixMillis;
  }

  /** Prints an event, after the manager was asked for a pid that is new. */
  print(event: HealthEvent): void {
    const date = new Date(this.#unixMillis(event.nanos));
    const pid = localPid(event);
    const name = pid === null ? null : this.#names.known(pid);
    if (this.#last === null && name !== undefined) {
      this.#print(event, date, name);
      return;
    }
    const printed = (this.#last ?? Promise.resolve())
      .then(() => (pid === null ? undefined : this.#names.find([pid])))
      .then(() => this.#print(event, date, pid === null ? null : (this.#names.known(pid) ?? null)))
      .finally(() => {
        if (this.#last === printed) this.#last = null;
      });
    this.#last = printed;
  }

  /** Resolves when all events are printed. */
  async end(): Promise<void> {
    await this.#last;
  }

  #print(event: HealthEvent, date: Date, name: string | null): void {
    if (event.kind === 'recovery') {
      printNote(recoveryText(event));
      return;
    }
    const line = this.#lines.line(event, date, name);
    if (line !== null) printText(line);
  }
}

/** The pid of an agent of this machine; null for other agents and events. */
function localPid(event: HealthEvent): number | null {
  if (event.kind === 'beat' || event.kind === 'stall') return event.source === 'udp' ? null : event.pid;
  return event.kind === 'eviction' ? event.pid : null;
}
