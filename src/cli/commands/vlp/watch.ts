/** `ringwire vlp watch`: observes agents. */
import type { Command } from 'commander';
import { eventAsJson, type HealthEvent, type ObserverOptions, VlpObserver } from '../../../health/index.js';
import { afterMs, isMachineFault, RingwireError } from '../../../platform/index.js';
import { ExitCode } from '../../exit-codes.js';
import { Interruption } from '../../interruption.js';
import { printJsonLine, printNote, printText } from '../../print.js';
import { coloursFor } from '../../rendering/colours.js';
import { reportError } from '../../report-error.js';
import { AgentsScreen } from './agents-screen.js';
import { EventLines, recoveryText } from './event-line.js';
import { holdEvents } from './held-events.js';
import { observerOptions } from './watch-observer.js';
import { takesWatchOptions, type WatchOptions } from './watch-options.js';
import { WatchOutputs } from './watch-outputs.js';

/** Adds the command to its group. */
export function registerVlpWatch(group: Command): void {
  takesWatchOptions(group.command('watch').description('observe agents and report those that fall silent'))
    .addHelpText('after', HELP)
    .action(watch);
}

const HELP = `
Prints a line for every agent that appears, changes its status, falls silent or
returns; with --json every event. With --prom-addr ADDRESS:0 the bound address
is the first line. Options have the names of varta-watch.
Exit codes are those of varta-watch: 0 after SIGINT, SIGTERM or
  --shutdown-after-secs, and when the reader of the output ends; 1 when a
  socket, an address or a file cannot be used, for example because another
  observer reads the socket; 2 for wrong usage, and where ringwire cannot run.`;

/** Errors of usage, with exit code 2, as on a machine where ringwire cannot run; all others are errors at run time. */
const USAGE = new Set<string>(['INVALID_ARGUMENT', 'INVALID_KEY']);

async function watch(options: WatchOptions): Promise<void> {
  if (options.tui && !process.stdout.isTTY) {
    throw new RingwireError('INVALID_ARGUMENT', '--tui needs a terminal: use --json elsewhere');
  }
  const described = observerOptions(options);
  try {
    await observe(options, described);
  } catch (error) {
    if (!(error instanceof RingwireError) || USAGE.has(error.code) || isMachineFault(error)) throw error;
    reportError(error, options.json ?? false);
    process.exitCode = ExitCode.NotSound;
  }
}

async function observe(options: WatchOptions, described: ObserverOptions): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  await using observer = VlpObserver.bind(described);
  const printAll = options.tui ? null : holdEvents(observer);
  const outputs = await WatchOutputs.open(observer, options);
  try {
    await checkUdp(observer, options);
    printMetricsAddress(outputs.metricsAddress, options);
    using _screen = options.tui ? new AgentsScreen(observer) : null;
    printAll?.(options.json ? printEvent : lineByLine());
    await ended(interruption.signal, options.shutdownAfterSecs);
  } finally {
    await outputs.close();
  }
}

function printEvent(event: HealthEvent): void {
  printJsonLine(eventAsJson(event));
}

function lineByLine(): (event: HealthEvent) => void {
  const lines = new EventLines(coloursFor(process.stdout));
  return (event) => {
    if (event.kind === 'recovery') {
      printNote(recoveryText(event));
      return;
    }
    const line = lines.line(event);
    if (line !== null) printText(line);
  };
}

function printMetricsAddress(address: string | null, { promAddr, json, tui }: WatchOptions): void {
  if (address === null || promAddr?.port !== 0 || tui) return;
  if (json) printJsonLine({ kind: 'metrics', address });
  else printText(`${address}\n`);
}

async function checkUdp(observer: VlpObserver, { udpPort, udpBindAddr }: WatchOptions): Promise<void> {
  if (udpPort === undefined || (await observer.udpPort()) !== null) return;
  throw new RingwireError('ADDRESS_IN_USE', `cannot listen on UDP ${udpBindAddr}:${udpPort}`);
}

function ended(signal: AbortSignal, afterSecs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = afterSecs === undefined ? null : afterMs(afterSecs * 1000, resolve);
    const stop = () => {
      timer?.stop();
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
