/** The processes of a manager: registered by id, started and stopped in the order of their dependencies. */
import { refusal } from '../control/index.js';
import type { ManagedProcess } from './process/managed-process.js';
import type { ResolvedSpec } from './process/process-spec.js';
import { inOrder, startOrder, stopOrder } from './process/start-order.js';
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

  [Symbol.iterator](): Iterator<ManagedProcess> {
    return this.#processes.values();
  }

  /** Starts a process after everything it depends on. @throws like {@link Manager.start} */
  async start(id: string): Promise<void> {
    this.refuseIfClosed();
    const process = this.get(id);
    if (process.state === 'running') throw refusal('ALREADY_RUNNING');
    startOrder(this.#specs(), [id]);
    await Promise.all(
      process.spec.dependsOn.map(async (needed) => {
        if (this.get(needed).state !== 'running') await this.start(needed);
      }),
    );
    this.refuseIfClosed();
    return process.start();
  }

  /** Starts everything that does not run, each process as soon as its dependencies are ready. */
  async startAll(): Promise<readonly StartFailure[]> {
    const starts = inOrder(
      startOrder(this.#specs()),
      (id) => this.get(id).spec.dependsOn,
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
  async stopAll(): Promise<void> {
    this.#closed = true;
    const specs = this.#specs();
    const stops = inOrder(
      stopOrder(specs),
      (id) => specs.filter(({ dependsOn }) => dependsOn.includes(id)).map((dependent) => dependent.id),
      async (id) => {
        const process = this.#processes.get(id);
        if (process !== undefined && process.state !== 'pending') await process.stop();
      },
    );
    await Promise.all(stops.values());
  }

  /** Refuses further starts, and sends SIGKILL to all groups without waiting. */
  kill(): void {
    this.#closed = true;
    for (const process of this.#processes.values()) process.kill();
  }

  #specs(): ResolvedSpec[] {
    return [...this.#processes.values()].map(({ spec }) => spec);
  }
}
