/** Children that outlived the manager before this one: adopted by a process of their id, or ended. */
import type { ManagedProcess } from './managed-process.js';
import { endGroup } from './process-group.js';
import type { ProcessRecord, ProcessRecords } from './process-record.js';

/** Milliseconds from SIGTERM to SIGKILL for those whose specification nobody knows. */
const STRANGER_STOP_MILLIS = 2_000;

export class Survivors {
  readonly #records: ProcessRecords;
  /** By id: those about whom nothing has been decided. */
  readonly #left: Map<string, ProcessRecord>;

  constructor(records: ProcessRecords) {
    this.#records = records;
    this.#left = records.survivors();
  }

  /** Adopts the child of this id, or ends it if the specification says so. */
  async settle(process: ManagedProcess): Promise<void> {
    const { id, orphan, stopTimeoutMs } = process.spec;
    const survivor = this.#left.get(id);
    if (survivor === undefined) return;
    this.#left.delete(id);
    if (orphan === 'adopt') await process.adopt(survivor);
    else await endGroup(survivor.pid, survivor.startTime, stopTimeoutMs);
  }

  /** Ends those that nobody registered, and what such children left. */
  async stopUnregistered(): Promise<void> {
    const strangers = [...this.#left.values()];
    this.#left.clear();
    await Promise.all([
      ...strangers.map(({ pid, startTime }) => endGroup(pid, startTime, STRANGER_STOP_MILLIS)),
      ...this.#records.leaderless().map(({ group }) => endGroup(group, '', STRANGER_STOP_MILLIS)),
    ]);
  }
}
