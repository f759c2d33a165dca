/** The order of starts and stops. */
import { SupervisorError } from '../supervisor-error.js';

/** A process and what must run before it. */
export interface Dependent {
  readonly id: string;
  /** Of an instance: the id that names all instances. */
  readonly of?: string;
  /** Ids of processes, or of processes with instances. */
  readonly dependsOn: readonly string[];
}

/** The processes that a name means: the one of this id, or all instances of it. */
export function named<T extends Dependent>(processes: readonly T[], name: string): readonly T[] {
  const process = processes.find(({ id }) => id === name);
  return process === undefined ? processes.filter(({ of }) => of === name) : [process];
}

/**
 * Ids in an order in which each comes after everything it depends on, and otherwise as given.
 * @param wanted ids to start; everything they depend on is added. Default: all
 * @throws SupervisorError `INVALID_SPECIFICATION` for an unknown dependency or a cycle, naming it
 */
export function startOrder(
  processes: readonly Dependent[],
  wanted: readonly string[] = processes.map(({ id }) => id),
): string[] {
  const byId = new Map(processes.map((process) => [process.id, process]));
  const order: string[] = [];
  const done = new Set<string>();
  const visit = (id: string, trail: readonly string[]) => {
    if (done.has(id)) return;
    if (trail.includes(id)) throw new SupervisorError('INVALID_SPECIFICATION', circle([...trail, id], id));
    const process = byId.get(id) as Dependent;
    for (const needed of process.dependsOn) visitAll(needed, [...trail, id]);
    done.add(id);
    order.push(id);
  };
  const visitAll = (name: string, trail: readonly string[]) => {
    const meant = named(processes, name);
    if (meant.length === 0) {
      const text = `process '${trail.at(-1)}': depends_on names '${name}', which does not exist`;
      throw new SupervisorError('INVALID_SPECIFICATION', text);
    }
    for (const { id } of meant) visit(id, trail);
  };
  for (const id of wanted) visitAll(id, []);
  return order;
}

/** The reverse order. Members of a cycle never run all at once, so they stop in any order. */
export function stopOrder(processes: readonly Dependent[]): string[] {
  try {
    return startOrder(processes).reverse();
  } catch {
    return processes.map(({ id }) => id);
  }
}

/**
 * Calls `act` for each id as soon as it has ended for those that `waitsFor` names, which come before it in `order`.
 * @returns by id, the result; it fails also with one that it waits for
 */
export function inOrder(
  order: readonly string[],
  waitsFor: (id: string) => readonly string[],
  act: (id: string) => Promise<void>,
): Map<string, Promise<void>> {
  const acts = new Map<string, Promise<void>>();
  for (const id of order) {
    const before = waitsFor(id).map((other) => acts.get(other));
    acts.set(
      id,
      Promise.all(before).then(() => act(id)),
    );
  }
  return acts;
}

function circle(trail: readonly string[], id: string): string {
  return `processes depend on each other in a circle: ${trail.slice(trail.indexOf(id)).join(' -> ')}`;
}
