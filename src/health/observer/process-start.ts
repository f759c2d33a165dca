/** Start time of a process. Together with the pid it identifies the process. */
import fs from 'node:fs';

/** Start time in clock ticks since boot: field 22 of /proc/PID/stat. Null when the process does not exist or is not visible. */
export function processStart(pid: number): string | null {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
