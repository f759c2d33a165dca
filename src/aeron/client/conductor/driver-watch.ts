/**
 * Checks the heartbeat of the driver and stores the heartbeat of this client.
 *
 * INV-AERON-LIVE-02: a driver is dead when its heartbeat has not changed for the driver timeout on the monotonic clock.
 * A jump of the wall clock ends no client.
 */
import type { ClientHeartbeat } from './client-heartbeat.js';
import { type CommandRing, DRIVER_CLOSED } from './command-ring.js';

/** Watches one driver. */
export class DriverWatch {
  readonly #ring: CommandRing;
  readonly #heartbeat: ClientHeartbeat;
  readonly #keepaliveMs: number;
  readonly #timeoutMs: number;
  #next = 0;
  #seen: bigint | null = null;
  #seenSince = 0;

  constructor(
    ring: CommandRing,
    heartbeat: ClientHeartbeat,
    { keepaliveIntervalMs, driverTimeoutMs }: { keepaliveIntervalMs: number; driverTimeoutMs: number },
  ) {
    this.#ring = ring;
    this.#heartbeat = heartbeat;
    this.#keepaliveMs = keepaliveIntervalMs;
    this.#timeoutMs = driverTimeoutMs;
  }

  /** @param now monotonic milliseconds. @returns why the driver is lost for this client, or null */
  check(now: number): string | null {
    if (now < this.#next) return null;
    this.#next = now + this.#keepaliveMs;
    const heartbeat = this.#ring.consumerHeartbeat;
    if (heartbeat === DRIVER_CLOSED) return 'the media driver has been shut down';
    if (heartbeat !== this.#seen) {
      this.#seen = heartbeat;
      this.#seenSince = now;
    } else if (now - this.#seenSince > this.#timeoutMs) {
      return `the media driver has not renewed its heartbeat for ${Math.round(now - this.#seenSince)} ms`;
    }
    return this.#heartbeat.beat(Date.now())
      ? null
      : 'the driver has removed the heartbeat counter of this client';
  }
}
