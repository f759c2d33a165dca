/** `ringwire ctl run`: a manager in the foreground. */
import { once } from 'node:events';
import path from 'node:path';
import type { Command } from 'commander';
import { ManagerEntry, writeHint } from '../../../../control/index.js';
import { onAbort, reasonOf } from '../../../../platform/index.js';
import {
  type Configuration,
  Manager,
  RingStorage,
  readConfiguration,
  VlpBeats,
} from '../../../../supervisor/index.js';
import { printNote } from '../../../print.js';
import { type CtlOptions, FAILED, fail, guarded, takesManager } from '../ctl-action.js';
import { watchFailures } from './failure-watch.js';
import { HangUpReload } from './hang-up-reload.js';
import { ManagerSignals } from './manager-signals.js';
import { RunPrinter } from './run-printer.js';
import { ServiceNotifier } from './service-notifier.js';

const DEFAULT_RING_BYTES = 1024 * 1024;

interface RunOptions extends CtlOptions {
  readonly file: string;
  readonly quiet?: boolean;
  readonly raw?: boolean;
  readonly abortOnFailure?: boolean;
  readonly reloadOnHup?: boolean;
}

/** Adds the command to its group. */
export function registerCtlRun(ctl: Command): void {
  takesManager(ctl.command('run'))
    .description('start and supervise the processes of a configuration file, in the foreground')
    .option('-q, --quiet', 'print events, but not the output of the processes')
    .option('--raw', 'keep control characters of the output on a terminal')
    .option('--abort-on-failure', 'stop everything and exit with 1 when a process fails for good')
    .option('--reload-on-hup', 'reload the file at SIGHUP, instead of stopping')
    .action((options: RunOptions) => guarded(() => runManager(options)));
}

async function runManager(options: RunOptions): Promise<void> {
  using notifier = ServiceNotifier.fromEnvironment();
  const configuration = readConfiguration(options.file);
  const given = options.runtimeDir || configuration.runtimeDir;
  if (given === undefined)
    return fail(`${options.file}: runtime.dir is required; set it, or use --runtime-dir`);
  for (const key of configuration.ignored) printNote(`${options.file}: ${key} has no effect here`);
  outliveOutput();
  using signals = new ManagerSignals();
  const reload = new HangUpReload();
  if (options.reloadOnHup) signals.hangUp = () => reload.request();
  const runtimeDir = path.resolve(given);
  const manager = await Manager.open(managerOptions(configuration, runtimeDir));
  signals.kill = () => manager.kill();
  using printer = new RunPrinter(manager, options);
  using entry = listManager(runtimeDir, options.file);
  reportState(manager, notifier);
  manager.on('event', ({ type }) => {
    if (type !== 'system.shutdown_requested') return;
    entry?.close();
    // A client may have requested it. The shutdown has begun when this event is over.
    queueMicrotask(() => signals.stop());
  });
  onAbort(signals.signal, () => void manager.shutdown());
  if (options.abortOnFailure) abortOnFailure(manager, signals);
  try {
    await supervise(manager, configuration, { options, printer, notifier, signals, reload });
  } catch (error) {
    // After a signal, further starts are refused.
    if (!signals.signal.aborted) throw error;
  } finally {
    await manager.shutdown();
  }
}

interface Run {
  readonly options: RunOptions;
  readonly printer: RunPrinter;
  readonly notifier: ServiceNotifier;
  readonly signals: ManagerSignals;
  readonly reload: HangUpReload;
}

/** Starts everything, and waits for a signal. */
async function supervise(manager: Manager, { processes }: Configuration, run: Run): Promise<void> {
  const { signal } = run.signals;
  for (const spec of processes) if (!signal.aborted) await manager.register(spec);
  await manager.stopUnregistered();
  if (signal.aborted) return;
  run.printer.print(`ringwire: running ${manager.list().length} processes; Ctrl-C to exit\n`);
  const failures = await manager.startAll();
  if (signal.aborted) return;
  for (const { id, error } of failures) printNote(`${id}: ${reasonOf(error)}`);
  run.printer.printStart(
    manager.list(),
    failures.map(({ id }) => id),
  );
  run.notifier.ready();
  run.reload.enable({ file: run.options.file, manager, printer: run.printer, notifier: run.notifier });
  const [failure] = failures;
  if (run.options.abortOnFailure && failure !== undefined) abort(run.signals, failure.id);
  else await once(signal, 'abort');
}

function abortOnFailure(manager: Manager, signals: ManagerSignals): void {
  const end = watchFailures(manager, (id) => abort(signals, id));
  onAbort(signals.signal, end);
}

function abort(signals: ManagerSignals, id: string): void {
  if (signals.signal.aborted) return;
  fail(`${id} failed: stopping all processes (--abort-on-failure)`, FAILED);
  signals.stop();
}

/** Tells the service manager how many processes are up, and when the end begins. */
function reportState(manager: Manager, notifier: ServiceNotifier): void {
  manager.on('event', ({ type }) => {
    if (type === 'system.shutdown_requested') notifier.stopping();
    const entries = manager.list();
    const up = entries.filter(({ state }) => state === 'running').length;
    notifier.status(`${up} of ${entries.length} processes are up`);
  });
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

/** Lets other commands find this manager without `--runtime-dir`, those of cliwrap included. */
function listManager(runtimeDir: string, configuration: string): ManagerEntry | undefined {
  try {
    writeHint(runtimeDir);
    return ManagerEntry.register({ runtimeDir, configuration });
  } catch (error) {
    printNote(`cannot list this manager, so other commands need --runtime-dir: ${reasonOf(error)}`);
    return undefined;
  }
}

/** Drops output errors: a closed terminal or pipe must not end the manager before its children. */
function outliveOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => {});
  }
}
