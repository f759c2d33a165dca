// @ts-check
/** Which cores both sides of a measurement run on, and how long a change of a word takes between them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Milliseconds for all exchanges; on a busy machine each may take a time slice. */
const LIMIT_MILLIS = 10_000;
const RELATIONS = {
  cluster: 'cores of one cluster or cache',
  package: 'cores of one package',
  apart: 'cores of two packages',
  siblings: 'threads of one core (SMT siblings)',
};
/** From the pair of cores that says most about two processes to the one that says least. */
const PREFERRED = Object.values(RELATIONS);

/** @typedef {{ cores: [number, number] | null, relation: string, oneWayNanos: number | null, pinned: [number, number] | null }} Places */

/**
 * Chooses two cores, the writer's first. The relation is what the kernel reports; a hypervisor may hide that two cores
 * are threads of one. The measured time shows it: threads of one core answer within some 15 ns.
 * @param {string | null} ping the compiled C program, or null
 * @param {number} exchanges of each group that is timed
 * @returns {Places}
 */
export function findPlaces(ping, exchanges) {
  const cores = allowedCores();
  const pairs = cores.flatMap((a, i) =>
    cores
      .slice(i + 1)
      .map((b) => ({ cores: /** @type {[number, number]} */ ([a, b]), relation: relationOf(a, b) })),
  );
  const [best] = pairs.sort((a, b) => PREFERRED.indexOf(a.relation) - PREFERRED.indexOf(b.relation));
  if (best === undefined) return { cores: null, relation: 'one core', oneWayNanos: null, pinned: null };
  const canPin = spawnSync('taskset', ['-c', String(best.cores[0]), 'true']).status === 0;
  return {
    ...best,
    oneWayNanos: ping === null ? null : pingNanos(ping, best.cores, exchanges),
    pinned: canPin ? best.cores : null,
  };
}

/** @param {import('./children.mjs').Program} program @param {number | undefined} core undefined: not pinned */
export function pinned({ command, args }, core) {
  if (core === undefined) return { command, args };
  return { command: 'taskset', args: ['-c', String(core), command, ...args] };
}

/** @param {string} ping @param {[number, number]} cores @param {number} exchanges @returns {number | null} */
function pingNanos(ping, cores, exchanges) {
  const { status, stdout } = spawnSync(ping, [...cores, exchanges].map(String), {
    encoding: 'utf8',
    timeout: LIMIT_MILLIS,
  });
  return status === 0 ? JSON.parse(stdout).nanos : null;
}

/** The cores this process may use (proc(5): Cpus_allowed_list). @returns {number[]} */
function allowedCores() {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return coresOf(list ?? '0');
}

/** The numbers in a list of the kernel, for example `0-3,8`. @param {string} list @returns {number[]} */
function coresOf(list) {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** @param {number} a @param {number} b */
function relationOf(a, b) {
  const share = (/** @type {string} */ file) => coresOf(cpuFile(a, file) ?? String(a)).includes(b);
  if (share('topology/thread_siblings_list')) return RELATIONS.siblings;
  if (share('topology/cluster_cpus_list') || share('cache/index3/shared_cpu_list')) return RELATIONS.cluster;
  const packageOf = (/** @type {number} */ core) => cpuFile(core, 'topology/physical_package_id');
  return packageOf(a) === packageOf(b) ? RELATIONS.package : RELATIONS.apart;
}

/** @param {number} core @param {string} file @returns {string | null} null if the kernel does not have it */
function cpuFile(core, file) {
  try {
    return readFileSync(`/sys/devices/system/cpu/cpu${core}/${file}`, 'utf8').trim();
  } catch {
    return null;
  }
}
