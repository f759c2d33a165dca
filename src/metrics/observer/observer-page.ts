/**
 * The counters of an observer for Prometheus. Names, help texts and order of the `varta_` families are those
 * of the 0.2 line of varta-watch. Each label value has a row from the first scrape on. `ringwire_` families follow.
 */
import type { AgentState, VlpObserver } from '../../health/index.js';
import { type PageFamily, prometheusPage } from '../outputs/prometheus-page.js';
import {
  endpointFamilies,
  family,
  frameFamilies,
  type ObserverEndpointCounters,
  observerFamilies,
  ownFamilies,
  recoveryFamilies,
  row,
  udpFamilies,
} from './observer-families.js';

/**
 * The metrics page of an observer. Rows are in ascending order of pid; an evicted agent has no row. Format: Prometheus
 * text 0.0.4, since some names of varta-watch are none of OpenMetrics.
 * @param connections counters of the endpoint that serves the page; default: all 0
 * @throws RingwireError `EXPORTER_UNAVAILABLE` without the package prom-client
 */
export async function observerPage(
  observer: VlpObserver,
  connections: ObserverEndpointCounters = NO_CONNECTIONS,
): Promise<string> {
  const { body } = await prometheusPage([
    ...agentFamilies(observer),
    ...frameFamilies(observer),
    ...recoveryFamilies(observer),
    ...udpFamilies(observer),
    ...endpointFamilies(connections),
    ...observerFamilies(observer),
    ...ownFamilies(observer),
  ]);
  return body;
}

const NO_CONNECTIONS: ObserverEndpointCounters = { authFailures: 0, rateLimited: 0, drained: 0 };

function agentFamilies(observer: VlpObserver): PageFamily[] {
  const agents = byPid(observer.agents());
  const rows = (value: (agent: Totals) => number) =>
    agents.map((agent) => row('pid', String(agent.pid), value(agent)));
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
