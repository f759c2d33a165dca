/** Identifies what a child runs. */
import { createHash } from 'node:crypto';
import type { ResolvedSpec } from './process-spec.js';

/** The keys that a child depends on. The others, such as the restart policy, apply to a running child also. */
const CHILD_KEYS = [
  'command',
  'args',
  'env',
  'workdir',
  'listen',
  'user',
  'group',
  'umask',
  'stdin',
] as const satisfies readonly (keyof ResolvedSpec)[];

/** Equal digests mean that a new child would run what the old one does. */
export function specDigest(spec: ResolvedSpec): string {
  const parts = CHILD_KEYS.map((key) => spec[key] ?? null);
  return createHash('sha256').update(stableJson(parts)).digest('hex').slice(0, 32);
}

/** JSON with sorted keys, so that equal values give equal texts. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'number' && !Number.isFinite(inner)) return String(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
