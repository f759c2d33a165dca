/** `ringwire vlp watch`: observes agents. */
import type { Command } from 'commander';
import { eventAsJson, type HealthEvent, VlpObserver } from '../../../health/index.js';
import { RingwireError } from '../../../platform/index.js';
import { Interruption } from '../../interruption.js';
import { printNote, printText } from '../../print.js';
import { coloursFor } from '../../rendering/colours.js';
import { AgentsScreen } from './agents-screen.js';
import { EventLines, recoveryText } from './event-line.js';
import { observerOptions, takesWatchOptions, type WatchOptions } from './watch-options.js';
import { WatchOutputs } from './watch-outputs.js';

export function registerVlpWatch(group: Command): void {
  takesWatchOptions(group.command('watch').description('observe agents, and tell who falls silent'))
    .addHelpText('after', HELP)
    .action(watch);
}

const HELP = `
Prints a line for every agent that comes, changes its status, falls silent or returns; with --json every event. With
--prom-addr ADDRESS:0 the address that was bound is the first line. Flags have the names of varta-watch.
SIGINT and SIGTERM end it cleanly, with exit code 0: that is how a service is stopped. Exit code 5: another observer
reads this socket; 2: something else lies there, or wrong usage.`;

async function watch(options: WatchOptions): Promise<void> {
  if (options.tui && !process.stdout.isTTY) {
    throw new RingwireError('INVALID_ARGUMENT', '--tui needs a terminal: use --json elsewhere');
  }
  using interruption = new Interruption();
  await using observer = VlpObserver.bind(observerOptions(options));
  const outputs = await WatchOutputs.open(observer, options);
  try {
    await checkUdp(observer, options);
    tellMetrics(outputs.metricsAddress, options);
    using _screen = options.tui ? new AgentsScreen(observer) : null;
    if (!options.tui) observer.on('event', options.json ? printEvent : lineByLine());
    await ended(interruption.signal, options.shutdownAfterSecs);
  } finally {
    await outputs.close();
  }
}

function printEvent(event: HealthEvent): void {
  printText(`${JSON.stringify(eventAsJson(event))}\n`);
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

function tellMetrics(address: string | null, { promAddr, json, tui }: WatchOptions): void {
  if (address === null || promAddr?.port !== 0 || tui) return;
  printText(json ? `${JSON.stringify({ kind: 'metrics', address })}\n` : `${address}\n`);
}

async function checkUdp(observer: VlpObserver, { udpPort, udpBindAddr }: WatchOptions): Promise<void> {
  if (udpPort === undefined || (await observer.udpPort()) !== null) return;
  throw new RingwireError('ADDRESS_IN_USE', `cannot listen on UDP ${udpBindAddr}:${udpPort}`);
}

function ended(signal: AbortSignal, afterSecs: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = afterSecs === undefined ? undefined : setTimeout(resolve, afterSecs * 1000);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
