/**
 * The group of a child: itself and what it started, unless that left for a session of its own.
 *
 * INV-SUP-01: a signal goes only to a group whose leader is our child, or whose members are those it left behind.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { allPids, isDead, readStat } from './proc-files.js';

const FIRST_LOOK_MILLIS = 5;
const LONGEST_LOOK_MILLIS = 50;

/** Living members of the group that `leader` began; empty when the number belongs to somebody else by now. */
export function groupMembers(leader: number, leaderStartTime: string): number[] {
  const members: number[] = [];
  if (!exists(leader)) return members;
  for (const pid of allPids()) {
    const stat = readStat(pid);
    if (stat === null || stat.group !== leader || isDead(stat)) continue;
    if (pid === leader && stat.startTime !== leaderStartTime) return [];
    members.push(pid);
  }
  return members;
}

export function signalGroup(leader: number, leaderStartTime: string, signal: NodeJS.Signals): void {
  const stat = readStat(leader);
  // While the leader is there, dead or alive, the number is its own; then one call reaches everybody at once.
  if (stat?.startTime === leaderStartTime) trySignal(-leader, signal);
  else for (const pid of groupMembers(leader, leaderStartTime)) trySignal(pid, signal);
}

/** SIGTERM, then SIGKILL when `timeoutMs` is over; resolves when nobody of the group lives. */
export async function endGroup(leader: number, leaderStartTime: string, timeoutMs: number): Promise<void> {
  signalGroup(leader, leaderStartTime, 'SIGTERM');
  const killAt = performance.now() + timeoutMs;
  let killed = false;
  let look = FIRST_LOOK_MILLIS;
  while (groupMembers(leader, leaderStartTime).length > 0) {
    // Again and again: a member may have been born between the look and the signal.
    if (performance.now() >= killAt) {
      signalGroup(leader, leaderStartTime, 'SIGKILL');
      if (!killed) look = FIRST_LOOK_MILLIS;
      killed = true;
    }
    await pause(Math.max(1, Math.min(look, killed ? look : killAt - performance.now())));
    look = Math.min(look * 1.5, LONGEST_LOOK_MILLIS);
  }
}

/** Whether anybody, dead or alive, has this group number. */
function exists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone in the meantime.
  }
}
