/** Status of a process, as list and status requests report it. */
import type { WireEntry } from '../control/index.js';
import type { ManagedProcess } from './process/managed-process.js';
import type { TransitionDetails } from './process/process-lifecycle.js';
import { USAGE_AGE_MILLIS } from './process/usage-sampler.js';

/** The longest text of a reason in a status. */
const LONGEST_REASON = 200;

/** @param channels folder and number of the output channels, as `folder#number` */
export function statusEntry(process: ManagedProcess, channels: string): WireEntry {
  const { spec, state, pid, restarts, run, lastExit, lastEnd } = process;
  const usage = process.usage?.sample(USAGE_AGE_MILLIS);
  return {
    id: spec.id,
    name: spec.name,
    state,
    pid,
    rss: usage?.rss ?? 0,
    restarts,
    ...(lastExit?.code == null ? {} : { exit: lastExit.code }),
    ...(lastExit?.signal == null ? {} : { signal: lastExit.signal }),
    ...(run === null ? {} : { uptime: Math.max(0, Math.round(performance.now() - run.startedAt)) }),
    ...(usage === undefined ? {} : { cpu: Math.round(usage.cpuPercent * 100) }),
    channels,
    ...(lastEnd === null ? {} : { ended: endText(lastEnd) }),
    ...(spec.of === undefined ? {} : { of: spec.of }),
  };
}

/** `exit 3`, `SIGKILL`, or the reason why the run was ended or not begun. */
function endText({ exit, signal, reason }: TransitionDetails): string {
  if (reason !== undefined) return reason.slice(0, LONGEST_REASON);
  return signal ?? (exit === undefined ? 'stopped' : `exit ${exit}`);
}
