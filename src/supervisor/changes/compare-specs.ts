/** Compares the processes of a manager with those of a configuration. */
import type { ReloadChange } from '../../control/index.js';
import type { ResolvedSpec } from '../specification/process-spec.js';
import { stableJson } from '../specification/spec-digest.js';

/** The keys of a configuration file, where they are not the names of the specification in snake case. */
const FILE_KEYS: Partial<Record<keyof ResolvedSpec, string>> = {
  restartBackoffMs: 'restart_backoff',
  restartResetMs: 'restart_reset',
  stopTimeoutMs: 'stop_timeout',
  readyTimeoutMs: 'ready.timeout',
};

/** What leads from the current processes to the next ones, in the order of the next ones; removed processes come last. */
export function compareSpecs(
  current: ReadonlyMap<string, ResolvedSpec>,
  next: readonly ResolvedSpec[],
): ReloadChange[] {
  const kept = new Set(next.map(({ id }) => id));
  return [
    ...next.map((spec) => changeOf(current.get(spec.id), spec)),
    ...[...current.keys()]
      .filter((id) => !kept.has(id))
      .map((id) => ({ id, action: 'stop' as const, keys: [] })),
  ];
}

function changeOf(before: ResolvedSpec | undefined, after: ResolvedSpec): ReloadChange {
  const { id } = after;
  if (before === undefined) return { id, action: 'start', keys: [] };
  const keys = changedKeys(before, after);
  if (keys.length === 0) return { id, action: 'unchanged', keys };
  const hasInstances = before.instances !== undefined && after.instances !== undefined;
  const onlyCount = hasInstances && keys.length === 1 && keys[0] === 'instances';
  return { id, action: onlyCount ? 'scale' : 'restart', keys };
}

/** The keys with different values, as in a configuration file. */
function changedKeys(before: ResolvedSpec, after: ResolvedSpec): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof ResolvedSpec)[]);
  return [...keys]
    .filter((key) => stableJson(before[key] ?? null) !== stableJson(after[key] ?? null))
    .map((key) => FILE_KEYS[key] ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}
