/** Facts about processes from /proc (proc(5)). Every answer may be out of date when it arrives. */
import fs from 'node:fs';

/** USER_HZ, which Linux has fixed at 100 for everything that leaves the kernel. */
const TICKS_PER_SECOND = 100;
/** Looks at an environment that is empty, for each process. */
const MOST_LOOKS = 20;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));
/** Errors that mean "no such process, or not ours to read". Others, EMFILE for example, say nothing about it. */
const ABSENT = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR']);

/** Fields of /proc/PID/stat. */
export interface ProcStat {
  readonly pid: number;
  /** R, S, D, Z and so on. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** CPU time used so far, in milliseconds. */
  readonly cpuMillis: number;
  /** Clock ticks since boot, as text: with the pid it identifies a process until the next boot. */
  readonly startTime: string;
}

/** null when there is no such process. @throws the error of the operating system when it cannot be found out */
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

/** Whether the process with this pid and start time still runs; a zombie does not. @throws like {@link readStat} */
export function isRunning(pid: number, startTime: string): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.startTime === startTime && !isDead(stat);
}

/** Whether a process has ended, also when its parent has not yet waited for it. */
export function isDead({ state }: ProcStat): boolean {
  return state === 'Z' || state === 'X';
}

/** Milliseconds since a process started, by the clock of the boot: the wall clock does not count. At least 0. */
export function ageMs(startTime: string): number {
  const uptime = Number.parseFloat(read('/proc/uptime') ?? '0');
  return Math.max(0, uptime * 1000 - (Number(startTime) * 1000) / TICKS_PER_SECOND);
}

/** Resident memory in bytes, 0 when it is unknown. */
export function readRss(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(kibibytes ?? 0) * 1024;
}

/** The real and the effective user id, null when there is no such process. */
export function readUids(pid: number): readonly [real: number, effective: number] | null {
  const [, real, effective] = /^Uid:\s+(\d+)\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '') ?? [];
  return real === undefined ? null : [Number(real), Number(effective)];
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

/** Every process that /proc lists. @throws the error of the operating system */
export function allPids(): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * The environment with which a process was started, one character for each byte; null when it is not readable. It is
 * empty for a moment while the process executes another program: then this looks again, up to `mostLooks` times, one
 * millisecond apart.
 */
export function readEnvironment(pid: number, mostLooks = MOST_LOOKS): readonly string[] | null {
  for (let looks = 1; ; looks++) {
    const text = read(`/proc/${pid}/environ`);
    if (text === null) return null;
    if (text !== '' || looks === mostLooks || !hasProgram(pid)) return text.split('\0');
    Atomics.wait(PAUSE, 0, 0, 1);
  }
}

/** Threads of the kernel and zombies have no program, and no environment ever. */
function hasProgram(pid: number): boolean {
  try {
    return fs.readlinkSync(`/proc/${pid}/exe`) !== '';
  } catch {
    return false;
  }
}

/** Identifies one boot of the machine. */
export function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function read(path: string): string | null {
  try {
    return fs.readFileSync(path, 'latin1');
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
