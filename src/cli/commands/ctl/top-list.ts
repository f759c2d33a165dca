/** The list of `ringwire ctl top`: a line for each process. */
import type { WireEntry } from '../../../control/index.js';
import type { Colours } from '../../rendering/colours.js';
import { isAlive, lastExit, stateColour, uptimeText } from '../../rendering/ctl/process-list.js';
import { printable } from '../../rendering/printable.js';
import { size } from '../../rendering/quantities.js';
import { sparkline } from '../../rendering/sparkline.js';
import type { Cell, Column } from '../../screen/fitted-columns.js';
import type { LastMinute } from '../../screen/last-minute.js';
import type { Details, ListContent, Order } from '../../screen/list-content.js';

const UNKNOWN = '-';

const COLUMNS: readonly Column[] = [
  { title: 'ID', least: 7, drop: 0, cut: 18 },
  { title: 'STATE', least: 10, drop: 0 },
  { title: 'PID', right: true, least: 7, drop: 2 },
  { title: 'CPU%', right: true, least: 6, drop: 0 },
  { title: 'RSS', right: true, least: 8, drop: 0 },
  { title: 'RESTARTS', right: true, drop: 0 },
  { title: 'UPTIME', right: true, least: 6, drop: 1 },
];

const HELP = [
  'CPU%: processor time of the process and its descendants; 100 is one core. RSS: their resident memory.',
  'RESTARTS: restarts by the policy. UPTIME: time since the current run started.',
  '-: unknown, as for a process that does not run.',
];

const ORDERS: readonly [Order<WireEntry>, ...Order<WireEntry>[]] = [
  { name: 'configuration', compare: () => 0 },
  { name: 'cpu', compare: (a, b) => (b.cpu ?? -1) - (a.cpu ?? -1) },
  { name: 'memory', compare: (a, b) => Number(b.rss) - Number(a.rss) },
  { name: 'restarts', compare: (a, b) => (b.restarts ?? -1) - (a.restarts ?? -1) },
  { name: 'state', compare: (a, b) => a.state.localeCompare(b.state) },
  { name: 'id', compare: (a, b) => a.id.localeCompare(b.id) },
];

/** CPU usage in 1/100 percent and memory in bytes of the last minute, by the id of the process. */
export interface Usage {
  readonly cpu: LastMinute;
  readonly memory: LastMinute;
}

/** The list of processes. */
export function topList(usage: Usage): ListContent<WireEntry> {
  return {
    title: 'ringwire ctl top',
    nouns: ['process', 'processes'],
    orders: ORDERS,
    key: ({ id }) => id,
    text: ({ id, name, state }) => `${id} ${name} ${state}`,
    columns: COLUMNS,
    lines: (entry, colours) => [processLine(entry, colours)],
    details: (entry, colours) => processDetails(entry, usage, colours),
    help: HELP,
  };
}

function processLine(entry: WireEntry, colours: Colours): Cell[] {
  const { id, state, restarts, rss, uptime } = entry;
  return [
    { text: printable(id), paint: colours.bold },
    { text: printable(state), paint: stateColour(state, colours) },
    { text: pidText(entry) },
    { text: cpuText(entry) },
    { text: size(Number(rss)) },
    { text: String(restarts ?? UNKNOWN), paint: restarts ? colours.yellow : undefined },
    { text: uptimeText(uptime) },
  ];
}

function processDetails(entry: WireEntry, { cpu, memory }: Usage, colours: Colours): Details {
  const { id, name, state, restarts, rss, uptime, channels } = entry;
  const fields: [string, Cell][] = [
    ['process', { text: printable(id), paint: colours.bold }],
    ['name', { text: printable(name) || UNKNOWN }],
    ['state', { text: printable(state), paint: stateColour(state, colours) }],
    ['pid', { text: pidText(entry) }],
    ['uptime', { text: uptimeText(uptime) }],
    ['restarts', { text: String(restarts ?? UNKNOWN) }],
    ['last exit', { text: printable(lastExit(entry)) }],
    ['CPU', { text: `${cpuText(entry)} % of one core` }],
    ['last minute', { text: sparkline(cpu.of(id), 0), paint: colours.cyan }],
    ['memory', { text: size(Number(rss)) }],
    ['last minute', { text: sparkline(memory.of(id), 0), paint: colours.cyan }],
  ];
  if (channels !== undefined) fields.push(['output', { text: `channels ${printable(channels)}` }]);
  return { fields };
}

function pidText(entry: WireEntry): string {
  return isAlive(entry) ? String(entry.pid) : UNKNOWN;
}

function cpuText({ cpu }: WireEntry): string {
  return cpu === undefined ? UNKNOWN : (cpu / 100).toFixed(1);
}
