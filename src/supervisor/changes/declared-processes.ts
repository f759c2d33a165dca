/**
 * The processes as they were declared, and the changes of the whole set: reload, scale, rolling restart. One change runs
 * at a time; a second one waits for the first.
 *
 * The set lives in memory only. A manager that dies in the middle leaves children whose records name the specification
 * that they run; the next manager reads the configuration file and ends those that run another one (survivors.ts).
 */
import { ControlError, type ReloadReport, refusal } from '../../control/index.js';
import type { ProcessHolder } from '../process-holder.js';
import type { ProcessRegistry } from '../process-registry.js';
import { instanceOf, instancesOf } from '../specification/instances.js';
import { type ProcessSpec, type ResolvedSpec, resolveSpec } from '../specification/process-spec.js';
import { startOrder } from '../specification/start-order.js';
import { SupervisorError } from '../supervisor-error.js';
import { compareSpecs } from './compare-specs.js';
import { type Declarations, Reload } from './reload.js';
import { restartInTurn } from './rolling-restart.js';

/** The most instances of one process. */
const MAX_INSTANCES = 1000;

/** The declared processes of one manager. */
export class DeclaredProcesses implements Declarations {
  readonly #registry: ProcessRegistry;
  readonly #holder: ProcessHolder;
  /** By id, in the order of declaration. */
  readonly #specs = new Map<string, ResolvedSpec>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(registry: ProcessRegistry, holder: ProcessHolder) {
    this.#registry = registry;
    this.#holder = holder;
  }

  /** Declares a process and registers it, with all its instances. @throws like {@link Manager.register} */
  async declare(spec: ResolvedSpec): Promise<void> {
    const all = instancesOf(spec);
    for (const id of [spec.id, ...all.map((one) => one.id)]) this.#refuseIfUsed(id);
    this.#specs.set(spec.id, spec);
    const added: string[] = [];
    try {
      for (const one of all) {
        await this.#holder.add(one);
        added.push(one.id);
      }
    } catch (error) {
      this.#specs.delete(spec.id);
      for (const id of added) await this.#holder.remove(id);
      throw error;
    }
  }

  /** Stops a process with all its instances, and forgets it. @throws ControlError `NOT_FOUND` */
  async forget(id: string): Promise<void> {
    if (!this.#specs.has(id)) throw refusal('NOT_FOUND');
    this.#specs.delete(id);
    const ids = this.#registry.named(id).map(({ spec }) => spec.id);
    await this.#registry.stopThese(ids, (process) => this.#holder.forget(process.spec.id));
  }

  /** Compares with these processes, and unless `dryRun` starts, stops and restarts what differs. */
  async reload(specs: readonly ProcessSpec[], dryRun: boolean): Promise<ReloadReport> {
    const next = specs.map(resolveSpec);
    requireConsistent(next);
    return this.#inTurn(async () => {
      const changes = compareSpecs(this.#specs, next);
      if (dryRun) return { applied: false, changes, failures: [] };
      this.#registry.refuseIfClosed();
      const parts = { registry: this.#registry, holder: this.#holder, declared: this };
      return { applied: true, changes, failures: await new Reload(parts, next, changes).apply() };
    });
  }

  /** Starts or stops instances until there are `count`, the highest first. */
  scale(id: string, count: number): Promise<void> {
    return this.#inTurn(() => this.resize(id, count, true));
  }

  /** Restarts a process; its instances one after the other, each when the one before is ready. */
  async restart(name: string): Promise<void> {
    if (this.#registry.find(name) !== undefined) return restartInTurn(this.#registry, [name]);
    return this.#inTurn(() =>
      restartInTurn(
        this.#registry,
        this.#registry.named(name).map(({ spec }) => spec.id),
      ),
    );
  }

  arrange(ids: readonly string[]): void {
    for (const id of ids) {
      const spec = this.#specs.get(id);
      this.#specs.delete(id);
      if (spec !== undefined) this.#specs.set(id, spec);
    }
    this.#registry.sort([...this.#specs.values()].flatMap((spec) => instancesOf(spec).map(({ id }) => id)));
  }

  drop(id: string): void {
    this.#specs.delete(id);
  }

  /** {@link scale} inside another change. */
  async resize(id: string, count: number, starts: boolean): Promise<void> {
    const spec = this.#specs.get(id);
    if (spec === undefined) throw refusal('NOT_FOUND');
    const { instances } = spec;
    if (instances === undefined) throw refused(`${id} has no instances: add the key to its configuration`);
    if (!Number.isInteger(count) || count < 1 || count > MAX_INSTANCES) {
      throw refused(`instances must be a whole number from 1 to ${MAX_INSTANCES}, not ${count}`);
    }
    this.#registry.refuseIfClosed();
    if (count < instances) {
      requireDependencies(this.#registry.specs().filter((one) => one.of !== id || numberOf(one) < count));
    }
    for (let number = instances - 1; number >= count; number--) {
      await this.#holder.remove(`${id}-${number}`);
      this.#specs.set(id, { ...spec, instances: number });
    }
    for (let number = instances; number < count; number++) {
      const one = instanceOf(spec, number);
      this.#refuseIfUsed(one.id);
      await this.#holder.add(one);
      this.#specs.set(id, { ...spec, instances: number + 1 });
      this.arrange([...this.#specs.keys()]);
      if (starts) await this.#registry.start(one.id);
    }
  }

  #refuseIfUsed(id: string): void {
    this.#registry.refuseIfUsed(id);
    if (this.#specs.has(id)) throw duplicate(id);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work).finally(() => this.#holder.closeUnused());
    this.#last = result.catch(() => {});
    return result;
  }
}

/** Refuses a set in which an id occurs twice, or a dependency is missing or in a circle. */
function requireConsistent(specs: readonly ResolvedSpec[]): void {
  const seen = new Set<string>();
  for (const id of specs.flatMap((spec) => [
    ...new Set([spec.id, ...instancesOf(spec).map((one) => one.id)]),
  ])) {
    if (seen.has(id)) throw duplicate(id);
    seen.add(id);
  }
  requireDependencies(specs.flatMap(instancesOf));
}

/** @throws SupervisorError `INVALID_SPECIFICATION` */
function requireDependencies(specs: readonly ResolvedSpec[]): void {
  startOrder(specs);
}

function numberOf({ id }: ResolvedSpec): number {
  return Number(id.slice(id.lastIndexOf('-') + 1));
}

function duplicate(id: string): SupervisorError {
  return new SupervisorError('DUPLICATE_ID', `process '${id}' is registered already`);
}

function refused(reason: string): ControlError {
  return new ControlError('REFUSED', `cliwrap: ${reason}`);
}
