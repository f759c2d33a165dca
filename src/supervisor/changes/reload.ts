/**
 * Applies a new configuration: dependents stop before what they depend on, and start after it.
 *
 * INV-SUP-05: a process with equal keys keeps its child over a reload.
 */
import type { ReloadChange, ReloadFailure } from '../../control/index.js';
import { reasonOf } from '../../platform/index.js';
import type { ProcessHolder } from '../process-holder.js';
import type { ProcessRegistry } from '../process-registry.js';
import { instancesOf } from '../specification/instances.js';
import type { ResolvedSpec } from '../specification/process-spec.js';
import { startOrder } from '../specification/start-order.js';

/** What a reload works on. */
export interface ReloadParts {
  readonly registry: ProcessRegistry;
  readonly holder: ProcessHolder;
  readonly declared: Declarations;
}

/** The declarations of a manager, as a reload changes them. */
export interface Declarations {
  /** Declares a process and registers its instances. */
  declare(spec: ResolvedSpec): Promise<void>;
  /** Drops a declaration, without stopping anything. */
  drop(id: string): void;
  /** Adds or removes instances, the highest first. @param starts whether new instances are started */
  resize(id: string, count: number, starts: boolean): Promise<void>;
  /** Sorts the declarations and the processes. @param ids all declared ids */
  arrange(ids: readonly string[]): void;
}

/** States in which a process is stopped by hand, or has ended. */
const IDLE = new Set(['pending', 'stopped', 'crashed', 'failed']);

/** One reload. Unchanged processes are not touched. */
export class Reload {
  readonly #parts: ReloadParts;
  readonly #next: readonly ResolvedSpec[];
  readonly #changes: readonly ReloadChange[];
  readonly #failures: ReloadFailure[] = [];

  constructor(parts: ReloadParts, next: readonly ResolvedSpec[], changes: readonly ReloadChange[]) {
    this.#parts = parts;
    this.#next = next;
    this.#changes = changes;
  }

  /** @returns what failed; the rest is done */
  async apply(): Promise<ReloadFailure[]> {
    const { registry, declared } = this.#parts;
    const wereActive = await this.#stop();
    const added = await this.#add();
    for (const id of this.#with('scale')) {
      const { instances = 1, autostart } = this.#next.find((spec) => spec.id === id) as ResolvedSpec;
      const starts = autostart || registry.named(id).some(({ state }) => !IDLE.has(state));
      await this.#attempt(id, () => declared.resize(id, instances, starts));
    }
    declared.arrange(this.#next.map(({ id }) => id));
    await this.#start((spec) => {
      if (added.has(spec.id) && wereActive.has(spec.of ?? spec.id)) return true;
      // A process whose dependency failed earlier gets another chance.
      return spec.autostart && registry.get(spec.id).state === 'pending';
    });
    return this.#failures;
  }

  /** Stops what is removed or replaced. @returns the ids that were active */
  async #stop(): Promise<Set<string>> {
    const { registry, holder, declared } = this.#parts;
    const leaving = new Set(this.#with('stop', 'restart'));
    const processes = [...registry].filter(({ spec }) => leaving.has(spec.of ?? spec.id));
    const wereActive = new Set(
      processes.filter(({ state }) => !IDLE.has(state)).map(({ spec }) => spec.of ?? spec.id),
    );
    await registry.stopThese(
      processes.map(({ spec }) => spec.id),
      async ({ spec }) => {
        await this.#attempt(spec.id, () => holder.remove(spec.id));
      },
    );
    for (const id of leaving) declared.drop(id);
    return wereActive;
  }

  /** Registers what is new or replaced. @returns the ids of the processes */
  async #add(): Promise<Set<string>> {
    const wanted = new Set(this.#with('start', 'restart'));
    const added = new Set<string>();
    for (const spec of this.#next.filter(({ id }) => wanted.has(id))) {
      const done = await this.#attempt(spec.id, () => this.#parts.declared.declare(spec));
      if (done) for (const { id } of instancesOf(spec)) added.add(id);
    }
    return added;
  }

  async #start(isWanted: (spec: ResolvedSpec) => boolean): Promise<void> {
    const { registry } = this.#parts;
    const specs = registry.specs();
    const wanted = new Set<string>();
    for (const spec of specs.filter(isWanted)) {
      // A dependency is missing when its own change failed.
      if (await this.#attempt(spec.id, async () => void startOrder(specs, [spec.id]))) wanted.add(spec.id);
    }
    const failures = await registry.startThese(({ id }) => wanted.has(id));
    for (const { id, error } of failures) this.#failures.push({ id, reason: reasonOf(error) });
  }

  #with(...actions: readonly ReloadChange['action'][]): string[] {
    return this.#changes.filter(({ action }) => actions.includes(action)).map(({ id }) => id);
  }

  async #attempt(id: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#failures.push({ id, reason: reasonOf(error) });
      return false;
    }
  }
}
