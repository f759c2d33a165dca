/** Source of health beats for the supervisor. An `EventEmitter` with the event `beat` satisfies it. */
export interface LivenessSource {
  /** Calls `listener` with the pid of every process that beats with a status other than critical. */
  on(event: 'beat', listener: (pid: number) => void): unknown;
  /** Called once, when the manager closes. */
  close(): void;
}
