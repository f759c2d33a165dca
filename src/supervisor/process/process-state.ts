/**
 * The eight states of a process, by the names that go over the socket, and the ways between them:
 *
 *   pending ----start----> starting ----up and ready----> running
 *   starting, running --stop, shutdown, limit, stall--> stopping --group gone--> stopped
 *   starting, running --exit 0--> stopped            --other exit, exec failure, not ready in time--> crashed
 *   stopped, crashed --policy--> restarting --back-off over--> starting
 *   crashed --max_restarts used up--> failed
 *   restarting --stop--> stopped
 *   stopped, crashed, failed --start--> starting
 */

export type ProcessState =
  | 'pending'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'crashed'
  | 'restarting'
  | 'failed';

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

/** The event that tells of a state; `running` has the name `started`, and `pending` comes with the registration. */
export function eventOf(state: ProcessState): string {
  if (state === 'running') return 'process.started';
  return state === 'pending' ? 'process.registered' : `process.${state}`;
}
