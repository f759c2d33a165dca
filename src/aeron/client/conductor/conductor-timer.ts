/** Runs the conductor of a client on the event loop; every millisecond while a request is pending. */
import { afterMs, type LongTimer } from '../../../platform/index.js';
import type { ClientConductor } from './client-conductor.js';

const PENDING_PAUSE_MS = 1;

/** The timer of one conductor. */
export class ConductorTimer {
  readonly #conductor: ClientConductor;
  readonly #idleSleepMs: number;
  #timer: LongTimer | undefined;

  /** @param idleSleepMs milliseconds between two duty cycles while no request is pending */
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

  /** Schedules the next duty cycle soon after a command. No effect with `useInvoker`. */
  soon(): void {
    if (this.#timer !== undefined) this.start();
  }

  stop(): void {
    this.#timer?.stop();
  }
}
