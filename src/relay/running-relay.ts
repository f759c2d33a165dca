/** A relay that runs: a promise of its end, with its state until then. */

/** A running relay. Awaiting it returns what it has done when it ends. */
export interface RunningRelay<P> extends Promise<P> {
  /**
   * Returns what the relay has done so far, as a plain object: at most about 100 ms old while it is connected, zeros before
   * the first report, and final after the end. Does not wait and never throws.
   */
  status(): P;
}

/**
 * Starts a relay.
 * @param initial its state before the first report
 * @param onProgress also called with each report
 * @param run does the work; it calls `report` with its state, and resolves with the final one
 */
export function startRelay<P>(
  initial: P,
  onProgress: ((progress: P) => void) | undefined,
  run: (report: (progress: P) => void) => Promise<P>,
): RunningRelay<P> {
  let last = initial;
  const report = (progress: P) => {
    last = progress;
    onProgress?.(progress);
  };
  const ended = run(report).then((final) => {
    last = final;
    return final;
  });
  return Object.assign(ended, { status: () => last });
}
