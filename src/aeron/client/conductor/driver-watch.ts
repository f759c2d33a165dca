/** Looks whether the driver lives, and shows it that this client does. */
import type { ClientHeartbeat } from './client-heartbeat.js';
import { type CommandRing, DRIVER_CLOSED } from './command-ring.js';

export class DriverWatch {
  readonly #ring: CommandRing;
  readonly #heartbeat: ClientHeartbeat;
  readonly #keepaliveMillis: number;
  readonly #timeoutMillis: number;
  #next = 0;

  constructor(
    ring: CommandRing,
    heartbeat: ClientHeartbeat,
    { keepaliveIntervalMs, driverTimeoutMs }: { keepaliveIntervalMs: number; driverTimeoutMs: number },
  ) {
    this.#ring = ring;
    this.#heartbeat = heartbeat;
    this.#keepaliveMillis = keepaliveIntervalMs;
    this.#timeoutMillis = driverTimeoutMs;
  }

  /** @param now monotonic milliseconds. @returns why the driver is lost for this client, or null */
  look(now: number): string | null {
    if (now < this.#next) return null;
    this.#next = now + this.#keepaliveMillis;
    const heartbeat = this.#ring.consumerHeartbeat;
    if (heartbeat === DRIVER_CLOSED) return 'the media driver has been shut down';
    if (Date.now() - Number(heartbeat) > this.#timeoutMillis) {
      return 'the media driver shows no sign of life';
    }
    return this.#heartbeat.beat(Date.now())
      ? null
      : 'the driver has taken the heartbeat counter of this client';
  }
}
