/** The instances of a process: `web-0`, `web-1`, … for the id `web`. */
import type { ResolvedSpec } from './process-spec.js';

/** The variable that tells an instance its number, counted from 0. */
const INSTANCE_VARIABLE = 'RINGWIRE_INSTANCE';

/** The specifications of the processes to register: one for each instance, or the process itself without `instances`. */
export function instancesOf(spec: ResolvedSpec): ResolvedSpec[] {
  if (spec.instances === undefined) return [spec];
  return Array.from({ length: spec.instances }, (_, number) => instanceOf(spec, number));
}

/** The specification of one instance. */
export function instanceOf(spec: ResolvedSpec, number: number): ResolvedSpec {
  return {
    ...spec,
    id: `${spec.id}-${number}`,
    of: spec.id,
    env: { ...spec.env, [INSTANCE_VARIABLE]: String(number) },
  };
}
