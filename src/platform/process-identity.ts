/**
 * The process that made a file, for display. No decision depends on it: pids repeat, and in each container some process is
 * pid 1. Liveness is decided by the kernel's locks (file-lock.ts).
 */
import fs from 'node:fs';

/** A process on this machine, told from later processes with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start of the process in clock ticks since boot: field 22 of /proc/PID/stat. */
  readonly startTime: string;
  readonly bootId: string;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  const stat = readProc('/proc/self/stat');
  return {
    pid: process.pid,
    startTime: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '',
    bootId: readProc('/proc/sys/kernel/random/boot_id').trim(),
  };
}

/** The identity in a text that {@link ownIdentity} was written to as JSON, or null for any other text. */
export function parseIdentity(text: string): ProcessIdentity | null {
  try {
    const { pid, startTime, bootId } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof bootId !== 'string') return null;
    return { pid, startTime, bootId };
  } catch {
    return null;
  }
}

function readProc(path: string): string {
  try {
    return fs.readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
