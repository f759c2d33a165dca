/** A client, as the driver knows it: alive as long as it stores the time in its heartbeat counter. */
export interface DriverClient {
  readonly clientId: bigint;
  readonly heartbeatCounterId: number;
  closedByCommand: boolean;
  /** Publications by the registration id of the client's own ADD. */
  readonly publications: Map<bigint, bigint>;
  /** Counters by registration id. */
  readonly counters: Map<bigint, number>;
}
