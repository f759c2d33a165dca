/** The configuration file: the keys of cliwrap's `cliwrap.yaml`, and additional ones. See docs/guides/supervisor.md. */
import fs from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { reasonOf } from '../../platform/index.js';
import type { OutputFileOptions } from '../output/output-file.js';
import { ID_RULE, isProcessId } from '../process/process-id.js';
import type { LivenessPolicy, ProcessSpec, ReadinessProbe, ResourceLimits } from '../process/process-spec.js';
import { resolveSpec } from '../process/process-spec.js';
import { startOrder } from '../process/start-order.js';
import { MAX_OUTPUT_CAPACITY } from '../storage/ring-storage.js';
import { SupervisorError } from '../supervisor-error.js';
import { ConfigNode } from './config-node.js';

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

const TOP = ['version', 'runtime', 'system_budget', 'sandbox_providers', 'groups'];
const RUNTIME = [
  'dir',
  'debug',
  'agent_path',
  'log_ring_buffer_bytes',
  'log_file_dir',
  'log_file_max_size',
  'log_file_max_files',
];
const PROCESS = [
  'id',
  'name',
  'command',
  'args',
  'env',
  'workdir',
  'restart',
  'max_restarts',
  'restart_backoff',
  'restart_reset',
  'stop_timeout',
  'stdin',
  'resources',
  'depends_on',
  'ready',
  'liveness',
  'orphan',
];

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
 * @param file for error messages; relative `workdir` keys are resolved against its folder
 * @param environment values of `${VAR}`
 * @throws SupervisorError `INVALID_CONFIGURATION`, with `file`, line and key
 */
export function parseConfiguration(
  text: string,
  file: string,
  environment: NodeJS.ProcessEnv = process.env,
): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const wrong = document.errors[0];
  if (wrong !== undefined) {
    const { line } = lines.linePos(wrong.pos[0]);
    throw new SupervisorError('INVALID_CONFIGURATION', `${file}:${line}: ${wrong.message}`);
  }
  const ignored: string[] = [];
  const source = { file, lines, environment, document, ignore: (what: string) => void ignored.push(what) };
  const root = new ConfigNode(source, '', document.contents as never, 1);
  const top = root.map(TOP);
  const runtime = top.get('runtime')?.map(RUNTIME) ?? new Map<string, ConfigNode>();
  for (const key of ['system_budget', 'sandbox_providers']) top.get(key)?.ignore();
  for (const key of ['debug', 'agent_path']) runtime.get(key)?.ignore();
  const groups = top.get('groups')?.list() ?? [];
  const processes = groups.flatMap((group) => {
    const values = group.map(['name', 'processes']);
    return (values.get('processes')?.list() ?? []).map((node) => readProcess(node, path.dirname(file)));
  });
  checkTogether(processes, file);
  return {
    groups: groups.length,
    processes,
    runtimeDir: runtime.get('dir')?.optionalText(),
    logRingBytes: readRingBytes(runtime.get('log_ring_buffer_bytes')),
    logFiles: readLogFiles(runtime),
    ignored,
  };
}

function readRingBytes(node: ConfigNode | undefined): number | undefined {
  const bytes = node?.size();
  if (bytes === undefined || bytes <= MAX_OUTPUT_CAPACITY) return bytes;
  node?.ignore(` above ${MAX_OUTPUT_CAPACITY}`);
  return MAX_OUTPUT_CAPACITY;
}

function readLogFiles(runtime: Map<string, ConfigNode>): OutputFileOptions | undefined {
  const folder = runtime.get('log_file_dir')?.optionalText();
  if (folder === undefined) return undefined;
  return present({
    folder,
    maxSize: runtime.get('log_file_max_size')?.size(),
    maxFiles: runtime.get('log_file_max_files')?.whole(1, 1000),
  });
}

function readProcess(node: ConfigNode, folder: string): ProcessSpec {
  const values = node.map(PROCESS);
  const get = (key: string) => values.get(key);
  const idNode = get('id') ?? node.fail('id is required');
  const id = idNode.text();
  if (!isProcessId(id)) idNode.fail(ID_RULE);
  const command = (get('command') ?? node.fail(`command is required (process '${id}')`)).text();
  const workdir = get('workdir')?.optionalText();
  const ready = get('ready')?.map(['log', 'exec', 'port', 'host', 'socket', 'beat', 'timeout']);
  const spec = present<ProcessSpec>({
    id,
    command,
    name: get('name')?.text(),
    args: get('args')
      ?.list()
      .map((argument) => argument.text()),
    env: readEnvironment(get('env')),
    workdir: workdir === undefined ? undefined : path.resolve(folder, workdir),
    restart: readRestart(get('restart')),
    maxRestarts: get('max_restarts')?.whole(),
    restartBackoffMs: get('restart_backoff')?.duration(),
    restartResetMs: get('restart_reset')?.duration(),
    stopTimeoutMs: get('stop_timeout')?.duration(),
    stdin: get('stdin')?.oneOf(['none', 'pipe', 'inherit']),
    resources: readLimits(get('resources')),
    dependsOn: get('depends_on')
      ?.list()
      .map((other) => other.text()),
    ready: ready === undefined ? undefined : readProbe(get('ready') as ConfigNode, ready),
    readyTimeoutMs: ready?.get('timeout')?.duration(),
    liveness: readLiveness(get('liveness')),
    orphan: get('orphan')?.oneOf(['adopt', 'stop']),
  });
  try {
    resolveSpec(spec);
  } catch (error) {
    node.fail(reasonOf(error));
  }
  return spec;
}

function readRestart(node: ConfigNode | undefined): ProcessSpec['restart'] {
  const policy = node?.oneOf(['never', 'on_failure', 'on-failure', 'always']);
  return policy === 'on_failure' ? 'on-failure' : policy;
}

function readEnvironment(node: ConfigNode | undefined): Record<string, string> | undefined {
  if (node === undefined) return undefined;
  return Object.fromEntries([...node.map('any')].map(([name, value]) => [name, value.text()]));
}

function readLimits(node: ConfigNode | undefined): ResourceLimits | undefined {
  const values = node?.map(['max_rss', 'max_cpu_percent', 'on_exceed']);
  return (
    values &&
    present<ResourceLimits>({
      maxRss: values.get('max_rss')?.size(),
      maxCpuPercent: values.get('max_cpu_percent')?.number(),
      onExceed: readOnExceed(values.get('on_exceed')),
    })
  );
}

function readOnExceed(node: ConfigNode | undefined): ResourceLimits['onExceed'] {
  const action = node?.oneOf(['warn', 'throttle', 'kill']);
  if (action !== 'throttle') return action;
  node?.ignore(': throttle (it reports an event, like warn)');
  return 'warn';
}

function readLiveness(node: ConfigNode | undefined): LivenessPolicy | undefined {
  const values = node?.map(['timeout', 'on_stall']);
  if (node === undefined || values === undefined) return undefined;
  return present<LivenessPolicy>({
    timeoutMs: values.get('timeout')?.duration() ?? node.fail('timeout is required'),
    onStall: values.get('on_stall')?.oneOf(['restart', 'warn']),
  });
}

function readProbe(node: ConfigNode, values: Map<string, ConfigNode>): ReadinessProbe {
  const kinds = ['log', 'exec', 'port', 'socket', 'beat'].filter((kind) => values.has(kind));
  const kind =
    kinds.length === 1 ? (kinds[0] as string) : node.fail('needs one of log, exec, port, socket, beat');
  const value = values.get(kind) as ConfigNode;
  switch (kind) {
    case 'log':
      return { log: value.text() };
    case 'exec':
      return { exec: value.list().map((word) => word.text()) };
    case 'port':
      return present({ port: value.whole(1, 65_535), host: values.get('host')?.optionalText() });
    case 'socket':
      return { socket: value.text() };
    default:
      return value.boolean() ? { beat: true } : node.fail('beat must be true');
  }
}

function checkTogether(processes: readonly ProcessSpec[], file: string): void {
  const seen = new Set<string>();
  for (const { id } of processes) {
    if (seen.has(id)) throw new SupervisorError('INVALID_CONFIGURATION', `${file}: id '${id}' is used twice`);
    seen.add(id);
  }
  try {
    startOrder(processes.map(({ id, dependsOn = [] }) => ({ id, dependsOn })));
  } catch (error) {
    throw new SupervisorError('INVALID_CONFIGURATION', `${file}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Without the keys that have no value. */
function present<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter((entry) => entry[1] !== undefined)) as T;
}
