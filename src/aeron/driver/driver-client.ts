/** A client of the driver: alive as long as its heartbeat counter changes. */
export interface DriverClient {
  readonly clientId: bigint;
  readonly heartbeatCounterId: number;
  /** The heartbeat seen last, Unix milliseconds. */
  heartbeat: bigint;
  /** When it was first seen, monotonic milliseconds. */
  heartbeatSince: number;
  /** Whether the client sent CLIENT_CLOSE. */
  closedByCommand: boolean;
  /** Registration id of each publication by that of the client's own ADD. */
  readonly publications: Map<bigint, bigint>;
  /** Counter ids by registration id. */
  readonly counters: Map<bigint, number>;
}
