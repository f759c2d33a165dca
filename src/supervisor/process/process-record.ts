/**
 * What a manager stores for the next one: `<runtime folder>/processes/<id>.json`, replaced as a whole. A child whose
 * manager was killed before the record is found by its mark (child-marks.ts).
 */
import fs from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../../platform/index.js';
import { ID_RULE, isProcessId } from '../specification/process-id.js';
import { SupervisorError } from '../supervisor-error.js';
import type { ChildMarks } from './child-marks.js';
import { bootId, isDead, readStat } from './proc-files.js';

/** The channels of a process, and its run when there is one. */
export interface ProcessRecord {
  readonly id: string;
  /** Channel of stdout; stderr has the one two after it. */
  readonly channel: number;
  /** 0 while nothing runs. */
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
  /** Digest of the specification of the run (spec-digest.ts); empty while nothing runs, and in old records. */
  readonly spec: string;
}

/** Channels of one process. */
const CHANNELS_EACH = 4;
const FIRST_CHANNEL = 4;
const NO_RUN = { pid: 0, startTime: '', bootId: '', spec: '' };

/** The records of one runtime folder. */
export class ProcessRecords {
  readonly #folder: string;
  readonly #marks: ChildMarks;
  readonly #known = new Map<string, ProcessRecord>();
  /** Why the last record that was saved did not reach the disk; null when it did. */
  unsaved: string | null = null;

  /** @param folder where the records lie; exists */
  constructor(folder: string, marks: ChildMarks) {
    this.#folder = folder;
    this.#marks = marks;
    for (const name of fs.readdirSync(folder)) {
      const record = name.endsWith('.json') ? readRecord(folder, name) : null;
      if (record !== null) this.#known.set(record.id, record);
    }
  }

  /** The record of a process; a new process gets channels of its own. */
  of(id: string): ProcessRecord {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    let channel = FIRST_CHANNEL;
    for (const other of this.#known.values()) channel = Math.max(channel, other.channel + CHANNELS_EACH);
    const record = { id, channel, ...NO_RUN };
    this.save(record);
    return record;
  }

  /** A failing disk does not stop supervision: the marks find the children without their records. */
  save(record: ProcessRecord): void {
    const file = this.#file(record.id);
    this.#known.set(record.id, record);
    try {
      fs.writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
      fs.renameSync(`${file}.new`, file);
      this.unsaved = null;
    } catch (error) {
      this.unsaved = reasonOf(error);
    }
  }

  /** Records a run, so that a later manager finds the child. */
  saveRun(id: string, { pid, startTime, spec }: Pick<ProcessRecord, 'pid' | 'startTime' | 'spec'>): void {
    this.save({ ...this.of(id), pid, startTime, spec, bootId: bootId() });
  }

  /** Removes the run from the record; the process keeps its channels. */
  forgetRun(id: string): void {
    this.save({ ...this.of(id), ...NO_RUN });
  }

  /** Removes the record: another process may get the channels. */
  remove(id: string): void {
    const file = this.#file(id);
    this.#known.delete(id);
    try {
      fs.rmSync(file, { force: true });
    } catch (error) {
      this.unsaved = reasonOf(error);
    }
  }

  /** The variables that mark a child of this folder. @param uid the user that it runs as */
  marks(id: string, spec: string, uid?: number): Record<string, string> {
    return this.#marks.variables(id, spec, uid);
  }

  /** Children that a dead manager of this folder left, by id: leaders of groups, found by record or by mark. */
  survivors(): Map<string, ProcessRecord> {
    const found = new Map<string, ProcessRecord>();
    const boot = bootId();
    for (const record of this.#known.values()) {
      if (record.pid === 0 || record.bootId !== boot) continue;
      const stat = readStat(record.pid);
      if (stat !== null && stat.startTime === record.startTime && !isDead(stat)) found.set(record.id, record);
    }
    for (const { id, pid, startTime, isLeader, spec } of this.#marks.find()) {
      if (!isLeader || found.has(id)) continue;
      found.set(id, { ...this.of(id), pid, startTime, spec, bootId: boot });
    }
    return found;
  }

  /** Groups without a leader whose members are marked: the remains of a child that died while no manager ran. */
  leaderless(): { id: string; group: number; pid: number }[] {
    return this.#marks
      .find()
      .filter(({ group, isLeader }) => !isLeader && !isAlive(group))
      .map(({ id, group, pid }) => ({ id, group, pid }));
  }

  #file(id: string): string {
    if (!isProcessId(id))
      throw new SupervisorError('INVALID_SPECIFICATION', `process '${id}': id ${ID_RULE}`);
    return path.join(this.#folder, `${id}.json`);
  }
}

function isAlive(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== null && !isDead(stat);
}

/** null for a damaged record, and for one whose name is not its id. */
function readRecord(folder: string, name: string): ProcessRecord | null {
  try {
    const record = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as ProcessRecord;
    const { id, channel, pid, startTime, bootId: boot, spec = '' } = record;
    const sound =
      isProcessId(id) &&
      name === `${id}.json` &&
      Number.isSafeInteger(channel) &&
      channel >= FIRST_CHANNEL &&
      Number.isSafeInteger(pid) &&
      pid >= 0 &&
      typeof startTime === 'string' &&
      typeof boot === 'string' &&
      typeof spec === 'string';
    return sound ? { id, channel, pid, startTime, bootId: boot, spec } : null;
  } catch {
    return null;
  }
}
