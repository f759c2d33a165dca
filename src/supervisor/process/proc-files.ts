/** What /proc tells about processes (proc(5)). Every answer may be out of date when it arrives. */
import fs from 'node:fs';

/** USER_HZ, which Linux has fixed at 100 for everything that leaves the kernel. */
const TICKS_PER_SECOND = 100;

export interface ProcStat {
  readonly pid: number;
  /** R, S, D, Z and so on. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** CPU time used so far, in milliseconds. */
  readonly cpuMillis: number;
  /** Clock ticks since boot, as text: with the pid it names a process for good. */
  readonly startTime: string;
}

/** null when there is no such process. */
export function readStat(pid: number): ProcStat | null {
  const text = read(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The second field is the name in parentheses and may contain anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    pid,
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    cpuMillis: (ticks * 1000) / TICKS_PER_SECOND,
    startTime: fields[19] ?? '',
  };
}

/** Whether the process that had this pid and start time still runs; a zombie does not. */
export function isRunning(pid: number, startTime: string): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.startTime === startTime && !isDead(stat);
}

export function isDead({ state }: ProcStat): boolean {
  return state === 'Z' || state === 'X';
}

/** Resident memory in bytes, 0 when it cannot be told. */
export function readRss(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(kibibytes ?? 0) * 1024;
}

/** The process and everything that descends from it. */
export function withDescendants(pid: number): number[] {
  const all = [pid];
  for (let i = 0; i < all.length; i++) {
    const children = read(`/proc/${all[i]}/task/${all[i]}/children`) ?? '';
    for (const child of children.split(' ')) if (child.trim() !== '') all.push(Number(child));
  }
  return all;
}

export function allPids(): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The environment a process was started with, null when it is not ours to read. */
export function readEnvironment(pid: number): readonly string[] | null {
  return read(`/proc/${pid}/environ`)?.split('\0') ?? null;
}

/** Tells one run of the system from the next. */
export function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function read(path: string): string | null {
  try {
    return fs.readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
