/** Children that outlived the manager before this one: adopted by a process of their id, or ended. */

import { specDigest } from '../specification/spec-digest.js';
import type { ManagedProcess } from './managed-process.js';
import { endGroup, signalGroup } from './process-group.js';
import type { ProcessRecord, ProcessRecords } from './process-record.js';

/** Milliseconds from SIGTERM to SIGKILL for children without a specification. */
const UNREGISTERED_STOP_MILLIS = 2_000;

/** The children of an earlier manager. */
export class Survivors {
  readonly #records: ProcessRecords;
  /** By id: those that still run and are not adopted. */
  readonly #left: Map<string, ProcessRecord>;

  constructor(records: ProcessRecords) {
    this.#records = records;
    this.#left = records.survivors();
  }

  /** Adopts the child of this id; ends it if the specification says so, or if it was started with another one. */
  async settle(process: ManagedProcess): Promise<void> {
    const { id, orphan, stopSignal, stopTimeoutMs } = process.spec;
    const survivor = this.#left.get(id);
    if (survivor === undefined) return;
    const { pid, startTime, spec } = survivor;
    const isCurrent = spec === '' || spec === specDigest(process.spec);
    if (orphan === 'adopt' && isCurrent) await process.adopt(survivor);
    else await endGroup(pid, startTime, stopTimeoutMs, stopSignal);
    this.#left.delete(id);
  }

  /** Ends the children without a specification, and what such children left. */
  async stopUnregistered(): Promise<void> {
    await Promise.all([
      ...[...this.#left].map(async ([id, { pid, startTime }]) => {
        await endGroup(pid, startTime, UNREGISTERED_STOP_MILLIS);
        this.#left.delete(id);
      }),
      ...this.#records.leaderless().map(({ group }) => endGroup(group, '', UNREGISTERED_STOP_MILLIS)),
    ]);
  }

  /** Sends SIGKILL to all that are left, without waiting. */
  kill(): void {
    for (const { pid, startTime } of this.#left.values()) signalGroup(pid, startTime, 'SIGKILL');
  }
}
