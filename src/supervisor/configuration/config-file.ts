/** The configuration file: the keys of cliwrap's `cliwrap.yaml`, and ours. See docs/guides/supervisor.md. */
import fs from 'node:fs';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { OutputFileOptions } from '../output/output-file.js';
import type { LivenessPolicy, ProcessSpec, ReadinessProbe, ResourceLimits } from '../process/process-spec.js';
import { ID_PATTERN } from '../process/process-spec.js';
import { startOrder } from '../process/start-order.js';
import { SupervisorError } from '../supervisor-error.js';
import { ConfigNode } from './config-node.js';

export interface Configuration {
  /** Number of groups in the file. */
  readonly groups: number;
  readonly processes: readonly ProcessSpec[];
  readonly runtimeDir: string | undefined;
  /** Bytes kept of each output. */
  readonly logRingBytes: number | undefined;
  readonly logFiles: OutputFileOptions | undefined;
  /** Keys that are known and have no effect here, with their lines. */
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

/** @throws SupervisorError `INVALID_CONFIGURATION`, with file, line and key */
export function readConfiguration(file: string, environment: NodeJS.ProcessEnv = process.env): Configuration {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    const message = `cannot read ${file}: ${(error as Error).message}`;
    throw new SupervisorError('INVALID_CONFIGURATION', message, { cause: error });
  }
  return parseConfiguration(text, file, environment);
}

/** @throws SupervisorError `INVALID_CONFIGURATION`, with `file`, line and key */
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
  const root = new ConfigNode({ file, lines, environment }, '', document.contents as never, 1);
  const top = root.map(TOP);
  const ignored = ['system_budget', 'sandbox_providers'].filter((key) => top.has(key));
  const runtime = top.get('runtime')?.map(RUNTIME) ?? new Map<string, ConfigNode>();
  for (const key of ['debug', 'agent_path']) if (runtime.has(key)) ignored.push(`runtime.${key}`);
  const groups = top.get('groups')?.list() ?? [];
  const processes = groups.flatMap((group) => {
    const values = group.map(['name', 'processes']);
    return (values.get('processes')?.list() ?? []).map((node) => readProcess(node, path.dirname(file)));
  });
  checkTogether(processes, file);
  return {
    groups: groups.length,
    processes,
    runtimeDir: runtime.get('dir')?.text(),
    logRingBytes: runtime.get('log_ring_buffer_bytes')?.size(),
    logFiles: readLogFiles(runtime),
    ignored,
  };
}

function readLogFiles(runtime: Map<string, ConfigNode>): OutputFileOptions | undefined {
  const folder = runtime.get('log_file_dir')?.text();
  if (folder === undefined || folder === '') return undefined;
  return present({
    folder,
    maxSize: runtime.get('log_file_max_size')?.size(),
    maxFiles: runtime.get('log_file_max_files')?.whole(1, 1000),
  });
}

function readProcess(node: ConfigNode, folder: string): ProcessSpec {
  const values = node.map(PROCESS);
  const get = (key: string) => values.get(key);
  const id = (get('id') ?? node.fail('id is required')).text();
  if (!ID_PATTERN.test(id)) get('id')?.fail('must consist of letters, digits, _ and -');
  const command = (get('command') ?? node.fail(`command is required (process '${id}')`)).text();
  const workdir = get('workdir')?.text();
  const ready = get('ready')?.map(['log', 'exec', 'port', 'host', 'socket', 'beat', 'timeout']);
  return present<ProcessSpec>({
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
}

function readRestart(node: ConfigNode | undefined): ProcessSpec['restart'] {
  const policy = node?.oneOf(['never', 'on_failure', 'on-failure', 'always']);
  return policy === 'on_failure' ? 'on-failure' : policy;
}

function readEnvironment(node: ConfigNode | undefined): Record<string, string> | undefined {
  if (node === undefined) return undefined;
  return Object.fromEntries([...node.map(['*'])].map(([name, value]) => [name, value.text()]));
}

function readLimits(node: ConfigNode | undefined): ResourceLimits | undefined {
  const values = node?.map(['max_rss', 'max_cpu_percent', 'on_exceed']);
  return (
    values &&
    present<ResourceLimits>({
      maxRss: values.get('max_rss')?.size(),
      maxCpuPercent: values.get('max_cpu_percent')?.number(),
      onExceed: values.get('on_exceed')?.oneOf(['warn', 'kill']),
    })
  );
}

function readLiveness(node: ConfigNode | undefined): LivenessPolicy | undefined {
  const values = node?.map(['timeout', 'on_stall']);
  if (node === undefined || values === undefined) return undefined;
  return present<LivenessPolicy>({
    timeoutMs: (values.get('timeout') ?? node.fail('timeout is required')).duration(),
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
      return present({ port: value.whole(1, 65_535), host: values.get('host')?.text() });
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
    throw new SupervisorError('INVALID_CONFIGURATION', `${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Without the keys that have no value: an option is either given or not there. */
function present<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter((entry) => entry[1] !== undefined)) as T;
}
