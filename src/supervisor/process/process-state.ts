/**
 * The eight states of a process, by their names on the socket, and the transitions between them:
 *
 *   pending ----start----> starting ----up and ready----> running
 *   starting, running --stop, shutdown, limit, stall--> stopping --group gone--> stopped
 *   starting, running --exit 0--> stopped            --other exit, exec failure, not ready in time--> crashed
 *   stopped, crashed --policy--> restarting --backoff over--> starting
 *   crashed --max_restarts used up--> failed
 *   restarting --stop--> stopped
 *   stopped, crashed, failed --start--> starting
 */

/** State of a process. */
export type ProcessState =
  | 'pending'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'crashed'
  | 'restarting'
  | 'failed';

/** The states that may follow each state. */
export const TRANSITIONS: Readonly<Record<ProcessState, readonly ProcessState[]>> = {
  // An adopted child is running already.
  pending: ['starting', 'running'],
  starting: ['running', 'stopping', 'stopped', 'crashed'],
  running: ['stopping', 'stopped', 'crashed'],
  stopping: ['stopped', 'crashed'],
  stopped: ['starting', 'restarting'],
  crashed: ['starting', 'restarting', 'failed'],
  restarting: ['starting', 'stopped'],
  failed: ['starting'],
};

/** The event that reports a state: `started` for `running`, `registered` for `pending`. */
export function eventOf(state: ProcessState): string {
  if (state === 'running') return 'process.started';
  return state === 'pending' ? 'process.registered' : `process.${state}`;
}
