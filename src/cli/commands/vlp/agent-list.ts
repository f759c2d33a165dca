/** The list of `ringwire vlp watch --tui`: a line for each agent. */
import { type AgentState, Status, statusLabel, unpackPayload } from '../../../health/index.js';
import type { Colours } from '../../rendering/colours.js';
import { printable } from '../../rendering/printable.js';
import { count, duration, shortCount } from '../../rendering/quantities.js';
import { sparkline } from '../../rendering/sparkline.js';
import type { Cell, Column } from '../../screen/fitted-columns.js';
import type { LastMinute } from '../../screen/last-minute.js';
import type { Details, ListContent, Order } from '../../screen/list-content.js';

const HISTORY_SECONDS = 24;

/** An agent, and the id of its process in a manager; null if unknown. */
export interface NamedAgent {
  readonly state: AgentState;
  readonly name: string | null;
}

const COLUMNS: readonly Column[] = [
  { title: 'PID', right: true, least: 7, drop: 0 },
  { title: 'NAME', least: 7, drop: 1, cut: 18 },
  { title: 'BY', least: 7, drop: 4 },
  { title: 'STATUS', least: 8, drop: 0 },
  { title: 'AGE', right: true, least: 7, drop: 0 },
  { title: 'BEATS', right: true, least: 8, drop: 0 },
  { title: 'STALLS', right: true, drop: 0 },
  { title: 'PAYLOAD', right: true, drop: 3 },
  { title: 'PAYLOADS', drop: 5 },
];

const HELP = [
  'NAME: id of the process, when a manager of this user runs it. BY: the transport of its beats.',
  'AGE: time since the last accepted beat. STALLS: how often the agent fell silent for the threshold.',
  'PAYLOAD: the number in the last beat. PAYLOADS: those of the last seconds.',
];

const ORDERS: readonly [Order<NamedAgent>, ...Order<NamedAgent>[]] = [
  { name: 'status', compare: (a, b) => b.state.status - a.state.status || a.state.pid - b.state.pid },
  { name: 'pid', compare: (a, b) => a.state.pid - b.state.pid },
  { name: 'name', compare: (a, b) => (a.name ?? '\uffff').localeCompare(b.name ?? '\uffff') },
  { name: 'age', compare: (a, b) => b.state.silentMs - a.state.silentMs },
  { name: 'stalls', compare: (a, b) => b.state.stalls - a.state.stalls },
];

/** Identifies an agent: two machines may use one pid. */
export function agentKey({ pid, source, address }: AgentState): string {
  return `${source} ${address ?? ''} ${pid}`;
}

/** The list; `payloads` has those of the last minute by the key of the agent. */
export function agentList(payloads: LastMinute): ListContent<NamedAgent> {
  return {
    title: 'ringwire vlp watch',
    nouns: ['agent', 'agents'],
    orders: ORDERS,
    key: ({ state }) => agentKey(state),
    text: ({ state, name }) => `${state.pid} ${name ?? ''} ${state.source} ${statusLabel(state.status)}`,
    columns: COLUMNS,
    lines: (agent, colours) => [agentLine(agent, payloads.of(agentKey(agent.state)), colours)],
    details: (agent, colours) => agentDetails(agent, payloads.of(agentKey(agent.state)), colours),
    help: HELP,
  };
}

function agentLine({ state, name }: NamedAgent, payloads: readonly number[], colours: Colours): Cell[] {
  const { pid, source, status, silentMs, beats, stalls, payload } = state;
  return [
    { text: String(pid), paint: colours.bold },
    { text: printable(name ?? '-') },
    { text: source },
    { text: statusLabel(status), paint: statusColour(status, colours) },
    { text: ageText(silentMs) },
    { text: shortCount(beats) },
    { text: shortCount(stalls), paint: stalls > 0 ? colours.yellow : undefined },
    { text: String(payload) },
    { text: sparkline(payloads.slice(-HISTORY_SECONDS)), paint: colours.cyan },
  ];
}

function agentDetails({ state, name }: NamedAgent, payloads: readonly number[], colours: Colours): Details {
  const { pid, source, address, status, silentMs, beats, stalls, payload, lastNonce } = state;
  const { high, low } = unpackPayload(payload);
  return {
    fields: [
      ['agent', { text: `process ${pid}`, paint: colours.bold }],
      ['name', { text: printable(name ?? 'not a process of a manager of this user') }],
      ['transport', { text: `${source}${address === null ? '' : ` from ${printable(address)}`}` }],
      ['status', { text: statusLabel(status), paint: statusColour(status, colours) }],
      ['silent for', { text: ageText(silentMs) }],
      ['beats', { text: `${count(beats)}, the last one with nonce ${lastNonce}` }],
      ['stalls', { text: count(stalls) }],
      ['payload', { text: `${payload} (halves ${high} and ${low})` }],
      ['last minute', { text: sparkline(payloads), paint: colours.cyan }],
    ],
  };
}

/** The color of a status. */
export function statusColour(status: Status, { red, green, yellow }: Colours): (text: string) => string {
  if (status === Status.Ok) return green;
  return status === Status.Degraded ? yellow : red;
}

function ageText(millis: number): string {
  return duration(Math.round(millis < 10_000 ? millis : Math.round(millis / 1000) * 1000));
}
