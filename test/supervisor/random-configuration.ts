/** Random pairs of configurations, the second one a changed first one. */
import type { ProcessSpec } from '../../src/supervisor/index.js';

type Below = (below: number) => number;

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
/** A process that does not start by itself, and one that ends at once: no other one depends on them. */
const LEAVES = ['idle', 'done'];

/** @param below random whole numbers */
export function randomPair(below: Below): [ProcessSpec[], ProcessSpec[]] {
  const first = randomProcesses(below);
  const kept = first
    .filter(() => below(4) > 0)
    .map((spec) => (below(2) === 0 ? spec : randomProcess(spec.id, below)));
  const added = randomProcesses(below).filter(
    ({ id }) => kept.every((spec) => spec.id !== id) && below(2) === 0,
  );
  const second = shuffled([...kept, ...added], below);
  return [withDependencies(first, below), withDependencies(second, below)];
}

function randomProcesses(below: Below): ProcessSpec[] {
  return [...NAMES, ...LEAVES].filter(() => below(3) > 0).map((id) => randomProcess(id, below));
}

function randomProcess(id: string, below: Below): ProcessSpec {
  const version = `version ${below(3)}`;
  const common = {
    id,
    stopTimeoutMs: 60_000,
    readyTimeoutMs: 120_000,
    ...(below(4) === 0 ? { env: { A: String(below(3)) } } : {}),
  };
  if (id === 'done') return { ...common, command: 'sh', args: ['-c', `: ${version}; exit ${below(2)}`] };
  const args = ['-c', `echo ${version}; exec sleep 600`];
  const spec = { ...common, command: 'sh', args, ...(below(2) === 0 ? { ready: { log: 'version' } } : {}) };
  if (id === 'idle') return { ...spec, autostart: false };
  return below(3) === 0 ? { ...spec, instances: 1 + below(3) } : spec;
}

/** Adds dependencies on processes whose name comes earlier in the alphabet, so that there is no circle. */
function withDependencies(specs: readonly ProcessSpec[], below: Below): ProcessSpec[] {
  return specs.map((spec) => {
    const before = specs.filter(({ id }) => id < spec.id && !LEAVES.includes(id)).map(({ id }) => id);
    const dependsOn = before.filter(() => below(3) === 0);
    return dependsOn.length === 0 ? spec : { ...spec, dependsOn };
  });
}

function shuffled<T>(items: readonly T[], below: Below): T[] {
  return items
    .map((item) => [below(1_000_000), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
