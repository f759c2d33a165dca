/** One process of a configuration as a specification. */
import fs from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { reasonOf } from '../../platform/index.js';
import {
  type LivenessPolicy,
  type ProcessSpec,
  type ReadinessProbe,
  type ResourceLimits,
  resolveSpec,
} from '../specification/process-spec.js';
import type { ProcessValues } from './config-schema.js';
import { type ConfigPath, type ConfigTree, keyText } from './config-tree.js';

/** Where a process stands in the file. */
export interface ProcessPlace {
  readonly tree: ConfigTree;
  readonly place: ConfigPath;
  /** Folder of the file. */
  readonly folder: string;
  /** Takes the keys that have no effect. */
  readonly ignored: string[];
}

/** @throws SupervisorError `INVALID_CONFIGURATION` with file, line and key */
export function readProcess(values: ProcessValues | null, at: ProcessPlace): ProcessSpec {
  const { tree, place, folder } = at;
  if (values === null) return tree.fail(place, 'id is required');
  const { id, command, workdir, ready, restart } = values;
  if (command === '') tree.fail(place, `command is required (process '${id}')`);
  const spec = present<ProcessSpec>({
    id,
    command,
    name: values.name,
    args: orEmpty(values.args, []),
    env: readEnvironment(values, at),
    workdir: workdir === undefined ? undefined : path.resolve(folder, workdir),
    instances: values.instances,
    listen: values.listen,
    user: values.user,
    group: values.group,
    umask: values.umask,
    stdin: values.stdin,
    logTimestamps: values.log_timestamps,
    resources: readLimits(values.resources, at),
    autostart: values.autostart,
    restart: restart === 'on_failure' ? 'on-failure' : restart,
    maxRestarts: values.max_restarts,
    restartBackoffMs: values.restart_backoff,
    restartResetMs: values.restart_reset,
    stopSignal: values.stop_signal,
    stopTimeoutMs: values.stop_timeout,
    dependsOn: orEmpty(values.depends_on, []),
    ready: ready === undefined ? undefined : readProbe(ready ?? {}, at),
    readyTimeoutMs: ready?.timeout,
    liveness: readLiveness(values.liveness, at),
    orphan: values.orphan,
  });
  try {
    resolveSpec(spec);
  } catch (error) {
    tree.fail(place, reasonOf(error));
  }
  return spec;
}

/** The variables of `env_file`, then those of `env`. */
function readEnvironment(
  { env, env_file: files }: ProcessValues,
  { tree, place, folder }: ProcessPlace,
): Record<string, string> | undefined {
  if (env === undefined && files === undefined) return undefined;
  const names = typeof files === 'string' ? [files] : (files ?? []);
  const fromFiles = names.filter(Boolean).map((file) => {
    try {
      return util.parseEnv(fs.readFileSync(path.resolve(folder, file), 'utf8')) as Record<string, string>;
    } catch (error) {
      return tree.fail([...place, 'env_file'], `cannot read it: ${reasonOf(error)}`);
    }
  });
  return Object.assign({}, ...fromFiles, env ?? {});
}

function readLimits(
  limits: ProcessValues['resources'],
  { place, ignored }: ProcessPlace,
): ResourceLimits | undefined {
  if (limits === undefined) return undefined;
  const { max_rss: maxRss, max_cpu_percent: maxCpuPercent, on_exceed: action } = limits ?? {};
  if (action === 'throttle') {
    ignored.push(
      `${keyText([...place, 'resources', 'on_exceed'])}: throttle (it reports an event, like warn)`,
    );
  }
  return present<ResourceLimits>({
    maxRss,
    maxCpuPercent,
    onExceed: action === 'throttle' ? 'warn' : action,
  });
}

function readLiveness(
  liveness: ProcessValues['liveness'],
  { tree, place }: ProcessPlace,
): LivenessPolicy | undefined {
  if (liveness === undefined) return undefined;
  const timeoutMs = liveness?.timeout ?? tree.fail([...place, 'liveness'], 'timeout is required');
  return present<LivenessPolicy>({ timeoutMs, onStall: liveness?.on_stall });
}

function readProbe(
  ready: NonNullable<ProcessValues['ready']>,
  { tree, place }: ProcessPlace,
): ReadinessProbe {
  const { log, exec, port, host, socket, beat } = ready;
  const given = Object.entries({ log, exec, port, socket, beat }).filter((entry) => entry[1] !== undefined);
  const at = [...place, 'ready'];
  if (given.length !== 1) return tree.fail(at, 'needs one of log, exec, port, socket, beat');
  if (log !== undefined) return { log };
  if (exec !== undefined) return { exec: exec ?? [] };
  if (port !== undefined) return host === undefined ? { port } : { port, host };
  if (socket !== undefined) return { socket };
  return beat === true ? { beat } : tree.fail([...at, 'beat'], 'must be true');
}

/** A key without a value, such as `args:`, has the empty value; a missing key has none. */
function orEmpty<T>(value: T | null | undefined, empty: T): T | undefined {
  return value === null ? empty : value;
}

/** Without the keys that have no value. */
function present<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter((entry) => entry[1] !== undefined)) as T;
}
