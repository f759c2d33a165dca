/** Runs the conductor of a client on the event loop; while a response is awaited, every millisecond. */
import { afterMs, type LongTimer } from '../../../platform/index.js';
import type { ClientConductor } from './client-conductor.js';

const PENDING_PAUSE_MS = 1;

/** The timer of one conductor. */
export class ConductorTimer {
  readonly #conductor: ClientConductor;
  readonly #idleSleepMs: number;
  #timer: LongTimer | undefined;

  /** @param idleSleepMs milliseconds between two turns while no response is awaited */
  constructor(conductor: ClientConductor, idleSleepMs: number) {
    this.#conductor = conductor;
    this.#idleSleepMs = idleSleepMs;
  }

  start(): void {
    this.#timer?.stop();
    if (this.#conductor.isClosed) return;
    const pause = this.#conductor.hasPending ? PENDING_PAUSE_MS : this.#idleSleepMs;
    this.#timer = afterMs(pause, () => {
      this.#conductor.doWork();
      this.start();
    });
  }

  /** A command was sent: the next turn comes soon, unless the caller runs the conductor. */
  soon(): void {
    if (this.#timer !== undefined) this.start();
  }

  stop(): void {
    this.#timer?.stop();
  }
}
