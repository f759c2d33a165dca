/** A client of the driver. It is alive while its heartbeat counter changes. */
export interface DriverClient {
  readonly clientId: bigint;
  readonly heartbeatCounterId: number;
  /** Last loaded heartbeat, Unix time in milliseconds. */
  heartbeat: bigint;
  /** Time of the first load of that heartbeat, monotonic milliseconds. */
  heartbeatSince: number;
  /** Whether the client sent CLIENT_CLOSE. */
  closedByCommand: boolean;
  /** Registration ids of publications by the correlation ids of the ADD commands of this client. */
  readonly publications: Map<bigint, bigint>;
  /** Counter ids by registration id. */
  readonly counters: Map<bigint, number>;
}
