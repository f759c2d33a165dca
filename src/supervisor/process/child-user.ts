/** The user and the groups that a child runs as. Names are looked up at each start: a user may vanish in between. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { reasonOf } from '../../platform/index.js';
import type { ResolvedSpec } from '../specification/process-spec.js';

const run = promisify(execFile);
const ROOT = 0;

/** Ids of the operating system. */
export interface ChildUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, the primary one included. */
  readonly groups: readonly number[];
}

/** The user of a process; null for that of the manager. @throws Error when it does not exist, or without root */
export async function childUser({
  user,
  group,
}: Pick<ResolvedSpec, 'user' | 'group'>): Promise<ChildUser | null> {
  if (user === undefined && group === undefined) return null;
  if (process.geteuid?.() !== ROOT) {
    throw new Error('user and group need a manager that runs as root: remove these keys, or run it as root');
  }
  const [uid, ownGroup, groups] =
    user === undefined
      ? [ROOT, 0, []]
      : await Promise.all([idOf(user, '-u'), idOf(user, '-g'), groupsOf(user)]);
  const gid = group === undefined ? ownGroup : await groupId(group);
  return { uid, gid, groups: [...new Set([gid, ...groups])] };
}

/**
 * The command that runs as this user. Node drops all supplementary groups of a child with another user; where the user
 * has some, setpriv of util-linux sets them.
 */
export function asUser(
  { command, args }: Pick<ResolvedSpec, 'command' | 'args'>,
  user: ChildUser | null,
): { command: string; args: readonly string[]; ids: { uid?: number; gid?: number } } {
  if (user === null) return { command, args, ids: {} };
  const { uid, gid, groups } = user;
  if (groups.length === 1) return { command, args, ids: { uid, gid } };
  const change = ['--reuid', String(uid), '--regid', String(gid), '--groups', groups.join(',')];
  return { command: 'setpriv', args: [...change, '--', command, ...args], ids: {} };
}

async function idOf(user: string, option: '-u' | '-g'): Promise<number> {
  const [id] = await lookUp('id', [option, '--', user], `user '${user}'`);
  return id as number;
}

function groupsOf(user: string): Promise<number[]> {
  return lookUp('id', ['-G', '--', user], `user '${user}'`);
}

async function groupId(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  const [id] = await lookUp(
    'getent',
    ['group', '--', group],
    `group '${group}'`,
    (text) => text.split(':')[2] ?? '',
  );
  return id as number;
}

/** The numbers that a command prints. */
async function lookUp(
  command: string,
  args: readonly string[],
  what: string,
  pick = (text: string) => text,
): Promise<number[]> {
  let output: string;
  try {
    output = (await run(command, args)).stdout;
  } catch (error) {
    throw new Error(`${what} does not exist (${command}: ${reasonOf(error).split('\n').at(-1)})`, {
      cause: error,
    });
  }
  const numbers = pick(output).trim().split(/\s+/).map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number))) return numbers;
  throw new Error(`${what}: ${command} printed ${JSON.stringify(output)}`);
}
