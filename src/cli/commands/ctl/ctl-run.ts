/** `ringwire ctl run` and `validate`. */
import path from 'node:path';
import type { Command } from 'commander';
import { messageOf, writeHint } from '../../../control/index.js';
import { Manager, RingStorage, readConfiguration, VlpBeats } from '../../../supervisor/index.js';
import { Interruption } from '../../interruption.js';
import { printJson, printNote, printText } from '../../print.js';
import { type CtlOptions, fail, guarded, takesRuntimeDir } from './ctl-action.js';

const DEFAULT_RING_BYTES = 1024 * 1024;

interface FileOptions extends CtlOptions {
  readonly file: string;
}

export function registerCtlRun(ctl: Command): void {
  takesRuntimeDir(ctl.command('run'))
    .description('start and supervise what a configuration file names, in the foreground')
    .requiredOption('-f, --file <yaml>', 'the configuration')
    .action((options: FileOptions) => guarded(() => runManager(options)));
  ctl
    .command('validate')
    .description('check a configuration file')
    .requiredOption('-f, --file <yaml>', 'the configuration')
    .option('--json', 'print JSON')
    .action((options: FileOptions) => guarded(async () => validate(options)));
}

async function validate({ file, json }: FileOptions): Promise<void> {
  const { groups, processes, ignored } = readConfiguration(file);
  if (json) printJson({ groups, processes: processes.length, ignored });
  else {
    for (const key of ignored) printNote(`${file}: ${key} has no effect here`);
    printText(`OK: ${groups} groups, ${processes.length} processes\n`);
  }
}

async function runManager(options: FileOptions): Promise<void> {
  const configuration = readConfiguration(options.file);
  const runtimeDir = options.runtimeDir ?? configuration.runtimeDir;
  if (runtimeDir === undefined || runtimeDir === '') return fail(`${options.file}: runtime.dir is required`);
  using interruption = new Interruption();
  const { signal } = interruption;
  const { logFiles, logRingBytes = DEFAULT_RING_BYTES, processes } = configuration;
  const storage = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: logRingBytes });
  const beats = processes.some(({ liveness, ready }) => liveness !== undefined || (ready && 'beat' in ready));
  const manager = await Manager.open({
    runtimeDir,
    storage,
    ...(beats ? { beats: () => new VlpBeats(path.join(runtimeDir, 'health.sock')) } : {}),
    ...(logFiles === undefined ? {} : { logFiles }),
    server: { log: ({ level, message }) => void (level === 'warn' && printNote(message)) },
  });
  try {
    writeHint(runtimeDir);
  } catch (error) {
    printNote(`no hint for other commands (they need --runtime-dir): ${messageOf(error)}`);
  }
  for (const spec of processes) await manager.register(spec);
  await manager.stopUnregistered();
  printText(`ringwire: running ${processes.length} processes; Ctrl-C to exit\n`);
  for (const { id, error } of await manager.startAll()) printNote(`${id}: ${messageOf(error)}`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  await manager.shutdown();
}
