/**
 * Marks in the environment of children. They identify a child whose manager was killed between the start and the
 * record (process-record.ts), and the remaining members of its group.
 *
 * The environment of a process is a claim that any user can make. INV-SUP-03: a mark counts only when the process runs
 * as this user, really and effectively, and its token is the HMAC-SHA-256 of folder and id under the secret of the
 * runtime folder. The token proves nothing about another id. A manager that runs as root also starts children of other
 * users: their token includes the user id, so it proves nothing about a process of a third user.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { isProcessId } from '../specification/process-id.js';
import { allPids, isDead, readEnvironment, readStat, readUids } from './proc-files.js';

const FOLDER_MARK = 'RINGWIRE_SUPERVISOR';
const ID_MARK = 'RINGWIRE_PROCESS';
const TOKEN_MARK = 'RINGWIRE_MARK';
const SPEC_MARK = 'RINGWIRE_SPEC';
const ROOT = 0;

/** A process with a valid mark. */
export interface MarkedProcess {
  readonly id: string;
  readonly pid: number;
  readonly group: number;
  readonly startTime: string;
  /** Whether the process leads its group and session, as children do. */
  readonly isLeader: boolean;
  /** Digest of the specification that it was started with; see spec-digest.ts. Unproven. */
  readonly spec: string;
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

  /**
   * Variables for the environment of a child. The folder is for people.
   * @param spec digest of its specification
   * @param uid the user that it runs as
   */
  variables(id: string, spec: string, uid = ownUid()): Record<string, string> {
    return {
      [FOLDER_MARK]: this.#folder,
      [ID_MARK]: id,
      [SPEC_MARK]: spec,
      [TOKEN_MARK]: this.#token(id, uid),
    };
  }

  /** All living processes with a valid mark, except this one. */
  find(): MarkedProcess[] {
    const marked: MarkedProcess[] = [];
    for (const pid of allPids()) {
      if (pid === process.pid) continue;
      const mark = this.#markOf(pid);
      const stat = mark === null ? null : readStat(pid);
      if (mark === null || stat === null || isDead(stat)) continue;
      const { group, session, startTime } = stat;
      marked.push({ ...mark, pid, group, startTime, isLeader: group === pid && session === pid });
    }
    return marked;
  }

  #markOf(pid: number): { id: string; spec: string } | null {
    const [uid, effective] = readUids(pid) ?? [];
    if (uid === undefined || uid !== effective || (uid !== ownUid() && ownUid() !== ROOT)) return null;
    const environment = readEnvironment(pid);
    if (environment === null) return null;
    const id = variable(environment, ID_MARK);
    const token = variable(environment, TOKEN_MARK);
    if (!isProcessId(id) || token === null) return null;
    const expected = Buffer.from(this.#token(id, uid));
    const actual = Buffer.from(token);
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return null;
    return { id, spec: variable(environment, SPEC_MARK) ?? '' };
  }

  #token(id: string, uid: number): string {
    const user = uid === ownUid() ? '' : `\0${uid}`;
    return createHmac('sha256', this.#secret).update(`${this.#folder}\0${id}${user}`).digest('hex');
  }
}

function ownUid(): number {
  return process.geteuid?.() ?? -1;
}

function variable(environment: readonly string[], name: string): string | null {
  return environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
}
