/** Health beats as the supervisor needs them: who beat, and that it was well. */
export interface LivenessSource {
  /** Calls `listener` with the pid of every process that beats and is not critical. @returns how to stop that */
  onBeat(listener: (pid: number) => void): () => void;
  close(): void;
}
