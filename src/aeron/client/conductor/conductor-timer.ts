/** Gives the conductor of a client its turns in the event loop, close upon each other while an answer is awaited. */
import type { ClientConductor } from './client-conductor.js';

const PENDING_PAUSE_MILLIS = 1;

export class ConductorTimer {
  readonly #conductor: ClientConductor;
  readonly #idleSleepMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param idleSleepMs milliseconds between two turns while nothing is awaited */
  constructor(conductor: ClientConductor, idleSleepMs: number) {
    this.#conductor = conductor;
    this.#idleSleepMs = idleSleepMs;
  }

  start(): void {
    clearTimeout(this.#timer);
    if (this.#conductor.isClosed) return;
    const pause = this.#conductor.hasPending ? PENDING_PAUSE_MILLIS : this.#idleSleepMs;
    this.#timer = setTimeout(() => {
      this.#conductor.doWork();
      this.start();
    }, pause);
  }

  /** A request is under way: the next turn comes soon, unless the caller runs the conductor. */
  soon(): void {
    if (this.#timer !== undefined) this.start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
