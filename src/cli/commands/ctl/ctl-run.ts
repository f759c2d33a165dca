/** `ringwire ctl run` and `validate`. */
import { once } from 'node:events';
import path from 'node:path';
import type { Command } from 'commander';
import { writeHint } from '../../../control/index.js';
import { onAbort, reasonOf } from '../../../platform/index.js';
import {
  type Configuration,
  Manager,
  RingStorage,
  readConfiguration,
  VlpBeats,
} from '../../../supervisor/index.js';
import { printJson, printNote, printText } from '../../print.js';
import { type CtlOptions, fail, guarded, takesRuntimeDir } from './ctl-action.js';
import { ManagerSignals } from './manager-signals.js';

const DEFAULT_RING_BYTES = 1024 * 1024;
const DEFAULT_FILE = 'cliwrap.yaml';

interface FileOptions extends CtlOptions {
  readonly file: string;
}

/** Adds the commands to their group. */
export function registerCtlRun(ctl: Command): void {
  takesRuntimeDir(ctl.command('run'))
    .description('start and supervise the processes of a configuration file, in the foreground')
    .option('-f, --file <yaml>', 'configuration file', DEFAULT_FILE)
    .action((options: FileOptions) => guarded(() => runManager(options)));
  ctl
    .command('validate')
    .description('check a configuration file')
    .option('-f, --file <yaml>', 'configuration file', DEFAULT_FILE)
    .option('--json', 'print JSON')
    .action((options: FileOptions) => guarded(async () => validate(options)));
}

async function validate({ file, json }: FileOptions): Promise<void> {
  const { groups, processes, ignored } = readConfiguration(file);
  if (json) return printJson({ groups, processes: processes.length, ignored });
  for (const key of ignored) printNote(`${file}: ${key} has no effect here`);
  printText(`OK: ${groups} groups, ${processes.length} processes\n`);
}

async function runManager(options: FileOptions): Promise<void> {
  const configuration = readConfiguration(options.file);
  const given = options.runtimeDir || configuration.runtimeDir;
  if (given === undefined)
    return fail(`${options.file}: runtime.dir is required; set it, or use --runtime-dir`);
  for (const key of configuration.ignored) printNote(`${options.file}: ${key} has no effect here`);
  outliveOutput();
  using signals = new ManagerSignals();
  const runtimeDir = path.resolve(given);
  const manager = await Manager.open(managerOptions(configuration, runtimeDir));
  signals.kill = () => manager.kill();
  onAbort(signals.signal, () => void manager.shutdown());
  try {
    leaveHint(runtimeDir);
    await supervise(manager, configuration, signals.signal);
  } catch (error) {
    // After a signal, further starts are refused.
    if (!signals.signal.aborted) throw error;
  } finally {
    await manager.shutdown();
  }
}

/** Starts everything, and waits for a signal. */
async function supervise(manager: Manager, configuration: Configuration, signal: AbortSignal): Promise<void> {
  const { processes } = configuration;
  for (const spec of processes) if (!signal.aborted) await manager.register(spec);
  await manager.stopUnregistered();
  if (signal.aborted) return;
  printText(`ringwire: running ${processes.length} processes; Ctrl-C to exit\n`);
  const failures = await manager.startAll();
  if (signal.aborted) return;
  for (const { id, error } of failures) printNote(`${id}: ${reasonOf(error)}`);
  await Promise.race([once(signal, 'abort'), manager.ended]);
}

function managerOptions({ logFiles, logRingBytes }: Configuration, runtimeDir: string) {
  return {
    runtimeDir,
    storage: new RingStorage(path.join(runtimeDir, 'channels'), {
      outputCapacity: logRingBytes ?? DEFAULT_RING_BYTES,
    }),
    beats: () => new VlpBeats(path.join(runtimeDir, 'health.sock')),
    ...(logFiles === undefined ? {} : { logFiles }),
    server: {
      log: ({ level, message }: { level: string; message: string }) => {
        if (level === 'warn') printNote(message);
      },
    },
  };
}

function leaveHint(runtimeDir: string): void {
  try {
    writeHint(runtimeDir);
  } catch (error) {
    printNote(`cannot write the hint, so other commands need --runtime-dir: ${reasonOf(error)}`);
  }
}

/** Drops output errors: a closed terminal or pipe must not end the manager before its children. */
function outliveOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => {});
  }
}
