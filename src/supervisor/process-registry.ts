/** The processes of a manager: registered by id, started and stopped in the order of their dependencies. */
import { refusal } from '../control/index.js';
import type { ManagedProcess } from './process/managed-process.js';
import type { ResolvedSpec } from './specification/process-spec.js';
import { inOrder, named, startOrder, stopOrder } from './specification/start-order.js';
import { SupervisorError } from './supervisor-error.js';

/** A process that could not be started, and why. */
export interface StartFailure {
  /** Id of the process. */
  readonly id: string;
  /** The error that {@link Manager.start} would throw. */
  readonly error: unknown;
}

/** Known processes, in the order of their registration. */
export class ProcessRegistry implements Iterable<ManagedProcess> {
  readonly #processes = new Map<string, ManagedProcess>();
  #stopped: Promise<void> | null = null;
  #closed = false;

  /** Once closed, no process is added or started. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** @throws ControlError `SHUTTING_DOWN` */
  refuseIfClosed(): void {
    if (this.#closed) throw refusal('SHUTTING_DOWN');
  }

  /** Adds a process. @throws SupervisorError `DUPLICATE_ID` */
  add(process: ManagedProcess): void {
    this.refuseIfUsed(process.spec.id);
    this.#processes.set(process.spec.id, process);
  }

  /** @throws SupervisorError `DUPLICATE_ID` */
  refuseIfUsed(id: string): void {
    if (this.#processes.has(id))
      throw new SupervisorError('DUPLICATE_ID', `process '${id}' is registered already`);
  }

  delete(id: string): void {
    this.#processes.delete(id);
  }

  find(id: string): ManagedProcess | undefined {
    return this.#processes.get(id);
  }

  /** @throws ControlError `NOT_FOUND` */
  get(id: string): ManagedProcess {
    const process = this.#processes.get(id);
    if (process === undefined) throw refusal('NOT_FOUND');
    return process;
  }

  /** The processes that a name means: the one of this id, or all instances of it. @throws ControlError `NOT_FOUND` */
  named(name: string): readonly ManagedProcess[] {
    const meant = named(this.specs(), name).map(({ id }) => this.get(id));
    if (meant.length === 0) throw refusal('NOT_FOUND');
    return meant;
  }

  [Symbol.iterator](): Iterator<ManagedProcess> {
    return this.#processes.values();
  }

  /** Sorts the processes; those that `ids` does not name come last. */
  sort(ids: readonly string[]): void {
    const known = [...this.#processes.values()];
    this.#processes.clear();
    for (const id of ids) {
      const process = known.find(({ spec }) => spec.id === id);
      if (process !== undefined) this.#processes.set(id, process);
    }
    for (const process of known) this.#processes.set(process.spec.id, process);
  }

  /** Starts a process, or all instances of it, after everything it depends on. @throws like {@link Manager.start} */
  async start(name: string): Promise<void> {
    this.refuseIfClosed();
    const idle = this.named(name).filter(({ state }) => state !== 'running');
    if (idle.length === 0) throw refusal('ALREADY_RUNNING');
    startOrder(this.specs(), [name]);
    await Promise.all(idle.map((process) => this.#startOne(process)));
  }

  async #startOne(process: ManagedProcess): Promise<void> {
    await Promise.all(
      process.spec.dependsOn.map(async (needed) => {
        if (this.named(needed).some(({ state }) => state !== 'running')) await this.start(needed);
      }),
    );
    this.refuseIfClosed();
    return process.start();
  }

  /** Stops a process, or all instances of it. @throws ControlError `NOT_FOUND`, `NOT_RUNNING` */
  async stop(name: string): Promise<void> {
    const begun = this.named(name).filter(({ state }) => state !== 'pending');
    if (begun.length === 0) throw refusal('NOT_RUNNING');
    await Promise.all(begun.map((process) => process.stop()));
  }

  /** Starts what is to be started with the manager and does not run; see {@link startThese}. */
  async startAll(): Promise<readonly StartFailure[]> {
    return this.startThese(({ autostart }) => autostart);
  }

  /** Starts the wanted processes that do not run, each as soon as its dependencies are ready. */
  async startThese(isWanted: (spec: ResolvedSpec) => boolean): Promise<readonly StartFailure[]> {
    const specs = this.specs();
    const wanted = specs.filter(isWanted).map(({ id }) => id);
    const starts = inOrder(
      startOrder(specs, wanted),
      (id) => this.get(id).spec.dependsOn.flatMap((needed) => named(specs, needed).map((spec) => spec.id)),
      async (id) => {
        if (this.get(id).state !== 'running') await this.start(id);
      },
    );
    const failures: StartFailure[] = [];
    for (const [id, start] of starts) start.catch((error) => failures.push({ id, error }));
    await Promise.allSettled(starts.values());
    return failures;
  }

  /** Refuses further starts, and stops each process as soon as those that depend on it have stopped. */
  stopAll(): Promise<void> {
    this.#closed = true;
    this.#stopped ??= this.stopThese(
      this.specs().map(({ id }) => id),
      async (process) => {
        if (process.state !== 'pending') await process.stop();
      },
    );
    return this.#stopped;
  }

  /** Calls `stop` for each of these processes as soon as it has ended for those of them that depend on it. */
  async stopThese(ids: readonly string[], stop: (process: ManagedProcess) => Promise<void>): Promise<void> {
    const all = this.specs();
    const specs = all.filter(({ id }) => ids.includes(id));
    const stops = inOrder(
      stopOrder(all).filter((id) => ids.includes(id)),
      (id) =>
        specs
          .filter(({ dependsOn }) =>
            dependsOn.some((needed) => named(specs, needed).some((one) => one.id === id)),
          )
          .map((dependent) => dependent.id),
      async (id) => {
        const process = this.#processes.get(id);
        if (process !== undefined) await stop(process);
      },
    );
    await Promise.all(stops.values());
  }

  /** Refuses further starts, and sends SIGKILL to all groups without waiting. */
  kill(): void {
    this.#closed = true;
    for (const process of this.#processes.values()) process.kill();
  }

  /** Specifications, in the order of the processes. */
  specs(): ResolvedSpec[] {
    return [...this.#processes.values()].map(({ spec }) => spec);
  }
}
