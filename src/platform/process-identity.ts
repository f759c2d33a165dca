/**
 * The process that created a file, for display. No decision depends on it: pids repeat, and each container has a process
 * with pid 1. The locks of the kernel show liveness (file-lock.ts).
 */
import fs from 'node:fs';

/** A process on this machine, distinct from later processes with the same pid. */
export interface ProcessIdentity {
  /** Pid of the process. */
  readonly pid: number;
  /** Start of the process in clock ticks since boot: field 22 of /proc/PID/stat. */
  readonly startTime: string;
  /** Id of the boot: /proc/sys/kernel/random/boot_id. */
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

/** Parses an identity from JSON; null for any other text. */
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
