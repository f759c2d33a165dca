/** The configuration file: the keys of cliwrap's `cliwrap.yaml`, and additional ones. See docs/guides/supervisor.md. */
import fs from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../../platform/index.js';
import type { OutputFileOptions } from '../output/output-file.js';
import { instancesOf } from '../specification/instances.js';
import { type ProcessSpec, resolveSpec } from '../specification/process-spec.js';
import { startOrder } from '../specification/start-order.js';
import { MAX_OUTPUT_CAPACITY } from '../storage/ring-storage.js';
import { SupervisorError } from '../supervisor-error.js';
import type { RuntimeValues } from './config-schema.js';
import { type ConfigPath, ConfigTree } from './config-tree.js';
import { readProcess } from './read-process.js';
import { readValues } from './read-values.js';

/** A configuration file. Everything in it has been checked as {@link Manager.register} checks it. */
export interface Configuration {
  /** Number of groups in the file. */
  readonly groups: number;
  /** Processes of all groups, in the order of the file. */
  readonly processes: readonly ProcessSpec[];
  /** `runtime.dir`; undefined when it is missing or empty. */
  readonly runtimeDir: string | undefined;
  /** `runtime.log_ring_buffer_bytes`: bytes kept of each output; undefined when it is missing. */
  readonly logRingBytes: number | undefined;
  /** `runtime.log_file_dir` and its limits; undefined without that key. */
  readonly logFiles: OutputFileOptions | undefined;
  /** Keys that have no effect, such as `runtime.debug`; unknown keys with their line. */
  readonly ignored: readonly string[];
}

/**
 * Reads and checks a configuration file.
 * @param environment values of `${VAR}`
 * @throws SupervisorError `INVALID_CONFIGURATION`, with file, line and key
 */
export function readConfiguration(file: string, environment: NodeJS.ProcessEnv = process.env): Configuration {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    const message = `cannot read ${file}: ${reasonOf(error)}`;
    throw new SupervisorError('INVALID_CONFIGURATION', message, { cause: error });
  }
  return parseConfiguration(text, file, environment);
}

/**
 * Checks the text of a configuration file.
 * @param file for error messages; relative `workdir` and `env_file` keys are resolved against its folder
 * @param environment values of `${VAR}`
 * @throws SupervisorError `INVALID_CONFIGURATION`, with `file`, line and key
 */
export function parseConfiguration(
  text: string,
  file: string,
  environment: NodeJS.ProcessEnv = process.env,
): Configuration {
  const tree = new ConfigTree(text, file);
  const { values, ignored } = readValues(tree, environment);
  const { runtime = null, groups = null } = values;
  for (const key of ['system_budget', 'sandbox_providers']) if (tree.has([key])) ignored.push(key);
  for (const key of ['debug', 'agent_path']) if (tree.has(['runtime', key])) ignored.push(`runtime.${key}`);
  const places = new Map<ProcessSpec, ConfigPath>();
  for (const [g, group] of (groups ?? []).entries()) {
    for (const [p, process] of (group?.processes ?? []).entries()) {
      const place = ['groups', g, 'processes', p];
      places.set(readProcess(process, { tree, place, folder: path.dirname(file), ignored }), place);
    }
  }
  checkTogether(places, tree, file);
  return {
    groups: groups?.length ?? 0,
    processes: [...places.keys()],
    runtimeDir: runtime?.dir,
    logRingBytes: ringBytes(runtime?.log_ring_buffer_bytes, ignored),
    logFiles: logFiles(runtime),
    ignored,
  };
}

function ringBytes(bytes: number | undefined, ignored: string[]): number | undefined {
  if (bytes === undefined || bytes <= MAX_OUTPUT_CAPACITY) return bytes;
  ignored.push(`runtime.log_ring_buffer_bytes above ${MAX_OUTPUT_CAPACITY}`);
  return MAX_OUTPUT_CAPACITY;
}

function logFiles(runtime: RuntimeValues | null): OutputFileOptions | undefined {
  const { log_file_dir: folder, log_file_max_size: maxSize, log_file_max_files: maxFiles } = runtime ?? {};
  if (folder === undefined) return undefined;
  return {
    folder,
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(maxFiles === undefined ? {} : { maxFiles }),
  };
}

function checkTogether(places: ReadonlyMap<ProcessSpec, ConfigPath>, tree: ConfigTree, file: string): void {
  const lines = new Map<string, number>();
  for (const [spec, place] of places) {
    for (const id of idsOf(spec)) {
      const first = lines.get(id);
      if (first !== undefined)
        tree.fail([...place, 'id'], `id '${id}' is used twice; first in line ${first}`);
      lines.set(id, tree.lineOf([...place, 'id']));
    }
  }
  try {
    startOrder([...places.keys()].flatMap((spec) => instancesOf(resolveSpec(spec))));
  } catch (error) {
    throw new SupervisorError('INVALID_CONFIGURATION', `${file}: ${reasonOf(error)}`, { cause: error });
  }
}

/** The id, and those of its instances. */
function idsOf(spec: ProcessSpec): Set<string> {
  return new Set([spec.id, ...instancesOf(resolveSpec(spec)).map(({ id }) => id)]);
}
