/**
 * Marks in the environment of children. They identify a child whose manager was killed between the start and the
 * record (process-record.ts), and the remaining members of its group.
 *
 * The environment of a process is a claim that any user can make. INV-SUP-03: a mark counts only when the process runs
 * as this user, really and effectively, and its token is the HMAC-SHA-256 of folder and id under the secret of the
 * runtime folder. The token proves nothing about another id.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { allPids, isDead, readEnvironment, readStat, readUids } from './proc-files.js';
import { isProcessId } from './process-id.js';

const FOLDER_MARK = 'RINGWIRE_SUPERVISOR';
const ID_MARK = 'RINGWIRE_PROCESS';
const TOKEN_MARK = 'RINGWIRE_MARK';

/** A process with a valid mark. */
export interface MarkedProcess {
  readonly id: string;
  readonly pid: number;
  readonly group: number;
  readonly startTime: string;
  /** Whether the process leads its group and session, as children do. */
  readonly isLeader: boolean;
}

/** Creates and finds the marks of one runtime folder. */
export class ChildMarks {
  readonly #folder: string;
  readonly #secret: Buffer;

  /** @param folder absolute path of the runtime folder */
  constructor(folder: string, secret: Buffer) {
    this.#folder = folder;
    this.#secret = secret;
  }

  /** Variables for the environment of a child. The folder is for people. */
  variables(id: string): Record<string, string> {
    return { [FOLDER_MARK]: this.#folder, [ID_MARK]: id, [TOKEN_MARK]: this.#token(id) };
  }

  /** All living processes with a valid mark, except this one. */
  find(): MarkedProcess[] {
    const marked: MarkedProcess[] = [];
    for (const pid of allPids()) {
      if (pid === process.pid) continue;
      const id = this.#markedId(pid);
      const stat = id === null ? null : readStat(pid);
      if (id === null || stat === null || isDead(stat)) continue;
      const { group, session, startTime } = stat;
      marked.push({ id, pid, group, startTime, isLeader: group === pid && session === pid });
    }
    return marked;
  }

  #markedId(pid: number): string | null {
    const uid = process.geteuid?.();
    if (!readUids(pid)?.every((other) => other === uid)) return null;
    const environment = readEnvironment(pid);
    if (environment === null) return null;
    const id = variable(environment, ID_MARK);
    const token = variable(environment, TOKEN_MARK);
    if (!isProcessId(id) || token === null) return null;
    const expected = Buffer.from(this.#token(id));
    const actual = Buffer.from(token);
    return actual.length === expected.length && timingSafeEqual(actual, expected) ? id : null;
  }

  #token(id: string): string {
    return createHmac('sha256', this.#secret).update(`${this.#folder}\0${id}`).digest('hex');
  }
}

function variable(environment: readonly string[], name: string): string | null {
  return environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
