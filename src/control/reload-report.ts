/** What a reload of a configuration changes. Travels as JSON in the key `report` of a reload reply. */

/** One process of a configuration. */
export interface ReloadChange {
  /** Id of the process; of one with instances, the id of the configuration. */
  readonly id: string;
  /** `scale`: only the number of instances differs. */
  readonly action: 'start' | 'stop' | 'restart' | 'scale' | 'unchanged';
  /** Keys with another value, for `restart` and `scale`. */
  readonly keys: readonly string[];
}

/** A process whose change failed. */
export interface ReloadFailure {
  /** Id of the process, or of one of its instances. */
  readonly id: string;
  /** The reason, for people. */
  readonly reason: string;
}

/** The differences between a configuration and the processes of a manager, and what a reload did about them. */
export interface ReloadReport {
  /** False for a comparison alone. */
  readonly applied: boolean;
  /** In the order of the configuration; removed processes come last. */
  readonly changes: readonly ReloadChange[];
  /** Empty when everything was done, or nothing was applied. */
  readonly failures: readonly ReloadFailure[];
}
