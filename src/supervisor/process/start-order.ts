/** The order of starts and stops. */
import { SupervisorError } from '../supervisor-error.js';

/** A process and what must run before it. */
export interface Dependent {
  readonly id: string;
  readonly dependsOn: readonly string[];
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
    const process = byId.get(id);
    if (process === undefined) {
      const text = `process '${trail.at(-1)}': depends_on names '${id}', which does not exist`;
      throw new SupervisorError('INVALID_SPECIFICATION', text);
    }
    for (const needed of process.dependsOn) visit(needed, [...trail, id]);
    done.add(id);
    order.push(id);
  };
  for (const id of wanted) visit(id, []);
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
