/** `ringwire vlp watch`: observes agents. */
import type { Command } from 'commander';
import { eventAsJson, type ObserverOptions, VlpObserver } from '../../../health/index.js';
import { afterMs, isMachineFault, type LongTimer, onAbort, RingwireError } from '../../../platform/index.js';
import { controlSockets } from '../../control-socket.js';
import { ExitCode } from '../../exit-codes.js';
import { Interruption } from '../../interruption.js';
import { printJsonLine, printText } from '../../print.js';
import { reportError } from '../../report-error.js';
import { LastMinute } from '../../screen/last-minute.js';
import { showList } from '../../screen/show-list.js';
import { agentKey, agentList } from './agent-list.js';
import { EventPrinter } from './event-printer.js';
import { holdEvents } from './held-events.js';
import { ProcessNames } from './process-names.js';
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
is the first line. A pid has the id of its process beside it when a manager of
this user runs it. Options have the names of varta-watch. Keys of --tui: s sort,
/ filter, Enter details, ? help, q quit.
Exit codes are those of varta-watch: 0 after SIGINT, SIGTERM or
  --shutdown-after-secs, and when the reader of the output ends; 1 when a
  socket, an address or a file cannot be used, for example because another
  observer reads the socket; 2 for wrong usage, and where ringwire cannot run.`;

/** Milliseconds between two frames of `--tui`. */
const DRAW_MILLIS = 250;
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
  const names = new ProcessNames(controlSockets(options.runtimeDir));
  const printer = new EventPrinter(names, (nanos) => Date.now() + (nanos - observer.nanos()) / 1e6);
  try {
    await checkUdp(observer, options);
    printMetricsAddress(outputs.metricsAddress, options);
    printAll?.((event) => (options.json ? printJsonLine(eventAsJson(event)) : printer.print(event)));
    using deadline = new Deadline(interruption.signal, options.shutdownAfterSecs);
    if (options.tui) await showAgents(observer, options, names, deadline.signal);
    else await aborted(deadline.signal);
    await printer.end();
  } finally {
    await outputs.close();
  }
}

/** Shows the agents until the user quits or the signal aborts. */
function showAgents(
  observer: VlpObserver,
  { socket, channel = [], thresholdMs }: WatchOptions,
  names: ProcessNames,
  signal: AbortSignal,
): Promise<void> {
  const payloads = new LastMinute();
  const about = `silent after ${thresholdMs} ms  ${[socket ?? [], channel].flat().join(' ')}`;
  const sample = () => {
    const agents = observer.agents();
    payloads.add(agents.map((agent) => [agentKey(agent), Number(agent.payload)]));
    const local = agents.filter(({ source }) => source !== 'udp').map(({ pid }) => pid);
    // A later frame shows the answer.
    void names.find(local);
    const rows = agents.map((state) => ({
      state,
      name: state.source === 'udp' ? null : (names.known(state.pid) ?? null),
    }));
    return { rows, about };
  };
  return showList({ content: agentList(payloads), intervalMillis: DRAW_MILLIS, signal, sample });
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

/** A signal that aborts with another one, or after a time in seconds. */
class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: LongTimer | null;

  constructor(signal: AbortSignal, afterSecs: number | undefined) {
    const abort = () => this.#controller.abort();
    this.#timer = afterSecs === undefined ? null : afterMs(afterSecs * 1000, abort);
    onAbort(signal, abort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    this.#timer?.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
}
