/**
 * The process group of a child: the child and its descendants that did not start a session of their own.
 *
 * INV-SUP-01: a signal is sent only to a group whose leader is a child of this manager, or to the remaining members of
 * such a group.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { allPids, isDead, isRunning, readStat } from './proc-files.js';

const FIRST_LOOK_MILLIS = 5;
const LONGEST_LOOK_MILLIS = 50;
/** After this time SIGKILL has no effect: a member hangs in the kernel, or belongs to another user. */
const KILL_MILLIS = 10_000;

/**
 * Living members of the group that `leader` began; empty when the number belongs to another group by now.
 * @throws the error of the operating system when /proc cannot be read
 */
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

/** Sends a signal to all members. @throws like {@link groupMembers} */
export function signalGroup(leader: number, leaderStartTime: string, signal: NodeJS.Signals): void {
  const stat = readStat(leader);
  // While the leader exists, dead or alive, the number is its own; then one call reaches every member.
  if (stat?.startTime === leaderStartTime) trySignal(-leader, signal);
  else for (const pid of groupMembers(leader, leaderStartTime)) trySignal(pid, signal);
}

/** Sends a signal to the leader alone. @returns whether it exists */
export function signalLeader(leader: number, leaderStartTime: string, signal: NodeJS.Signals): boolean {
  if (!isRunning(leader, leaderStartTime)) return false;
  trySignal(leader, signal);
  return true;
}

/**
 * Sends `signal`, and SIGKILL after `timeoutMs`. Members that are stopped are continued, so that they can end cleanly.
 * @returns members that outlived SIGKILL; resolves at the latest ten seconds after it
 */
export async function endGroup(
  leader: number,
  leaderStartTime: string,
  timeoutMs: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<readonly number[]> {
  const killAt = performance.now() + timeoutMs;
  const giveUpAt = killAt + KILL_MILLIS;
  let terminated = false;
  let killed = false;
  let look = FIRST_LOOK_MILLIS;
  for (;;) {
    try {
      if (!terminated) {
        signalGroup(leader, leaderStartTime, signal);
        signalGroup(leader, leaderStartTime, 'SIGCONT');
        terminated = true;
      }
      const members = groupMembers(leader, leaderStartTime);
      if (members.length === 0 || performance.now() >= giveUpAt) return members;
      // Repeated: a member may have been born between the look and the signal.
      if (performance.now() >= killAt) {
        signalGroup(leader, leaderStartTime, 'SIGKILL');
        if (!killed) look = FIRST_LOOK_MILLIS;
        killed = true;
      }
    } catch {
      // No descriptor was free to read /proc: try again.
      if (performance.now() >= giveUpAt) return [leader];
    }
    await pause(Math.max(1, Math.min(look, killed ? look : killAt - performance.now())));
    look = Math.min(look * 1.5, LONGEST_LOOK_MILLIS);
  }
}

/** Whether a process, dead or alive, has this group number. */
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
    // It has ended in the meantime.
  }
}
