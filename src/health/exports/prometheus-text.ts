/**
 * The counters of an observer as Prometheus text 0.0.4. Names, help texts and order of the `varta_` families are those
 * of the 0.2 line of varta-watch. Each label value has a row from the first scrape on. `ringwire_` families follow.
 */
import type { AgentState } from '../observer/agent-state.js';
import type { VlpObserver } from '../observer/observer.js';
import {
  endpointFamilies,
  frameFamilies,
  observerFamilies,
  ownFamilies,
  type PrometheusCounters,
  recoveryFamilies,
  udpFamilies,
} from './prometheus-families.js';
import { family, type Rows } from './prometheus-format.js';

/**
 * The metrics page. Rows are in ascending order of pid; an evicted agent has no row. Format: Prometheus text 0.0.4.
 * @param connections counters of the endpoint that serves the page; default: all 0
 */
export function prometheusText(
  observer: VlpObserver,
  connections: PrometheusCounters = NO_CONNECTIONS,
): string {
  return [
    ...agentFamilies(observer),
    ...frameFamilies(observer),
    ...recoveryFamilies(observer),
    ...udpFamilies(observer),
    ...endpointFamilies(connections),
    ...observerFamilies(observer),
    ...ownFamilies(observer),
  ].join('');
}

const NO_CONNECTIONS: PrometheusCounters = { authFailures: 0, rateLimited: 0, drained: 0 };

function agentFamilies(observer: VlpObserver): string[] {
  const agents = byPid(observer.agents());
  const rows = (value: (agent: Totals) => number): Rows =>
    agents.map((agent) => [`{pid="${agent.pid}"}`, value(agent)]);
  const beats = rows((agent) => agent.beats);
  const stalls = rows((agent) => agent.stalls);
  const status = rows((agent) => agent.status);
  return [
    family('varta_beats_total', 'counter', 'Total accepted beats per agent pid.', beats),
    family('varta_stalls_total', 'counter', 'Total observer-detected stalls per agent pid.', stalls),
    family(
      'varta_status',
      'gauge',
      'Last reported status code per agent pid (0=ok,1=degraded,2=critical,3=stall).',
      status,
    ),
  ];
}

interface Totals {
  readonly pid: number;
  beats: number;
  stalls: number;
  status: number;
}

/** Merges the agents of one pid over several transports into one row: sums, and the worst status. */
function byPid(agents: readonly AgentState[]): Totals[] {
  const totals = new Map<number, Totals>();
  for (const { pid, beats, stalls, status } of agents) {
    const total = totals.get(pid);
    if (total === undefined) {
      totals.set(pid, { pid, beats, stalls, status });
      continue;
    }
    total.beats += beats;
    total.stalls += stalls;
    total.status = Math.max(total.status, status);
  }
  return [...totals.values()];
}
