/** When a process started: with its pid, what tells it from a later process of the same pid. */
import fs from 'node:fs';

/** Field 22 of /proc/PID/stat: clock ticks since boot. Null when there is no such process, or it cannot be seen. */
export function processStart(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
