/**
 * What a manager leaves for the next one: `<runtime folder>/processes/<id>.json`, replaced as a whole. The child also
 * carries a mark in its environment, which finds it when the manager died between the start and the record.
 */
import fs from 'node:fs';
import path from 'node:path';
import { allPids, bootId, isDead, readEnvironment, readStat } from './proc-files.js';

export interface ProcessRecord {
  readonly id: string;
  /** Channel of stdout; stderr has the one two behind. */
  readonly channel: number;
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

/** Channels that belong to one process. */
const CHANNELS_EACH = 4;
const FIRST_CHANNEL = 4;
const NO_RUN = { pid: 0, startTime: '', bootId: '', startedAt: 0 };
const FOLDER_MARK = 'RINGWIRE_SUPERVISOR';
const ID_MARK = 'RINGWIRE_PROCESS';

export class ProcessRecords {
  readonly #runtime: string;
  readonly #folder: string;
  readonly #known = new Map<string, ProcessRecord>();
  /** The record that was saved last did not reach the disk. */
  unsaved = false;

  constructor(runtime: string) {
    this.#runtime = fs.realpathSync(runtime);
    this.#folder = path.join(runtime, 'processes');
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of fs.readdirSync(this.#folder)) {
      const record = name.endsWith('.json') ? readRecord(path.join(this.#folder, name)) : null;
      if (record !== null) this.#known.set(record.id, record);
    }
  }

  /** The record of a process; one that was never seen gets channels of its own. */
  of(id: string): ProcessRecord {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    let channel = FIRST_CHANNEL;
    for (const other of this.#known.values()) channel = Math.max(channel, other.channel + CHANNELS_EACH);
    const record = { id, channel, ...NO_RUN };
    this.save(record);
    return record;
  }

  /** A disk that takes nothing is no reason to stop supervising: the marks find the children all the same. */
  save(record: ProcessRecord): void {
    this.#known.set(record.id, record);
    const file = path.join(this.#folder, `${record.id}.json`);
    try {
      fs.writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
      fs.renameSync(`${file}.new`, file);
      this.unsaved = false;
    } catch {
      this.unsaved = true;
    }
  }

  /** This run has begun, and is what a later manager looks for. */
  saveRun(
    id: string,
    { pid, startTime, startedAt }: Pick<ProcessRecord, 'pid' | 'startTime' | 'startedAt'>,
  ): void {
    this.save({ ...this.of(id), pid, startTime, bootId: bootId(), startedAt });
  }

  /** Nothing runs: the process keeps its channels. */
  forgetRun(id: string): void {
    this.save({ ...this.of(id), ...NO_RUN });
  }

  remove(id: string): void {
    this.#known.delete(id);
    fs.rmSync(path.join(this.#folder, `${id}.json`), { force: true });
  }

  /** The variables that mark a child as belonging to a manager of this folder. */
  marks(id: string): Record<string, string> {
    return { [FOLDER_MARK]: this.#runtime, [ID_MARK]: id };
  }

  /**
   * Children that a dead manager of this folder left: leaders of groups, by process id. With `records` that say the
   * same, or found by their mark alone.
   */
  survivors(): Map<string, ProcessRecord> {
    const found = new Map<string, ProcessRecord>();
    const boot = bootId();
    for (const record of this.#known.values()) {
      if (record.pid === 0 || record.bootId !== boot) continue;
      const stat = readStat(record.pid);
      if (stat !== null && stat.startTime === record.startTime && !isDead(stat)) found.set(record.id, record);
    }
    for (const { id, pid, startTime, isLeader } of this.#marked()) {
      if (!isLeader || found.has(id)) continue;
      found.set(id, { ...this.of(id), pid, startTime, bootId: boot, startedAt: Date.now() });
    }
    return found;
  }

  /** Groups without a leader whose members carry the mark: what a child left that died while no manager ran. */
  leaderless(): { id: string; group: number; pid: number }[] {
    return this.#marked()
      .filter(({ group, isLeader }) => !isLeader && !isAlive(group))
      .map(({ id, group, pid }) => ({ id, group, pid }));
  }

  #marked(): { id: string; pid: number; group: number; startTime: string; isLeader: boolean }[] {
    const marked = [];
    for (const pid of allPids()) {
      if (pid === process.pid) continue;
      const environment = readEnvironment(pid);
      if (environment === null || !environment.includes(`${FOLDER_MARK}=${this.#runtime}`)) continue;
      const id = environment.find((entry) => entry.startsWith(`${ID_MARK}=`))?.slice(ID_MARK.length + 1);
      const stat = readStat(pid);
      if (id === undefined || stat === null || isDead(stat)) continue;
      const { group, session, startTime } = stat;
      marked.push({ id, pid, group, startTime, isLeader: group === pid && session === pid });
    }
    return marked;
  }
}

function isAlive(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== null && !isDead(stat);
}

function readRecord(file: string): ProcessRecord | null {
  try {
    const record = JSON.parse(fs.readFileSync(file, 'utf8')) as ProcessRecord;
    const sound =
      typeof record.id === 'string' &&
      Number.isSafeInteger(record.channel) &&
      record.channel >= FIRST_CHANNEL &&
      Number.isSafeInteger(record.pid) &&
      typeof record.startTime === 'string' &&
      typeof record.bootId === 'string';
    return sound ? record : null;
  } catch {
    return null;
  }
}
