/**
 * What an observer has counted, as Prometheus text 0.0.4. Families 1 to 7 are those of varta-watch, in its order and
 * with its help texts; then three more of its names, then ours.
 */
import { DECODE_ERROR_KINDS, decodeErrorLabel } from '../frame/decode-error.js';
import type { AgentState, VlpObserver } from '../observer/observer.js';

type Rows = readonly (readonly [labels: string, value: number])[];

/** The whole page; rows by pid, ascending. An agent that was evicted has no rows any more. */
export function prometheusText(observer: VlpObserver): string {
  const { counters } = observer;
  const agents = byPid(observer.agents());
  const perPid = (value: (agent: Totals) => number): Rows =>
    agents.map((agent) => [`{pid="${agent.pid}"}`, value(agent)]);
  const one = (value: number): Rows => [['', value]];
  return [
    family(
      'varta_beats_total',
      'counter',
      'Total accepted beats per agent pid.',
      perPid((a) => a.beats),
    ),
    family(
      'varta_stalls_total',
      'counter',
      'Total observer-detected stalls per agent pid.',
      perPid((a) => a.stalls),
    ),
    family(
      'varta_status',
      'gauge',
      'Last reported status code per agent pid (0=ok,1=degraded,2=critical,3=stall).',
      perPid((a) => a.status),
    ),
    counters.evicted === 0
      ? ''
      : family(
          'varta_tracker_evicted_total',
          'counter',
          'Total tracker slots reclaimed from dead agents.',
          one(counters.evicted),
        ),
    family(
      'varta_frame_auth_failures_total',
      'counter',
      'Frames rejected due to PID spoofing or authentication failure.',
      one(counters.authFailures),
    ),
    family(
      'varta_decode_errors_total',
      'counter',
      'Total VLP decode failures by kind.',
      DECODE_ERROR_KINDS.map((kind) => [`{kind="${decodeErrorLabel(kind)}"}`, counters.decodeErrors[kind]]),
    ),
    family('varta_io_errors_total', 'counter', 'Total socket receive errors.', one(counters.ioErrors)),
    family(
      'varta_tracker_capacity_exceeded_total',
      'counter',
      'Total frames of new agents while all slots were taken.',
      one(counters.capacityExceeded),
    ),
    family(
      'varta_truncated_datagrams_total',
      'counter',
      'Total datagrams of a length that no frame has.',
      one(counters.truncated),
    ),
    family(
      'varta_rate_limited_total',
      'counter',
      'Total beats dropped by a rate limit, by reason.',
      Object.entries(counters.rateLimited).map(([reason, value]) => [`{reason="${reason}"}`, value]),
    ),
    family(
      'ringwire_vlp_out_of_order_total',
      'counter',
      'Total frames whose nonce was old or repeated.',
      one(counters.outOfOrder),
    ),
    family(
      'ringwire_vlp_channel_lapped_total',
      'counter',
      'Total beats that a ring channel lost under the observer.',
      one(counters.lapped),
    ),
  ].join('');
}

interface Totals {
  readonly pid: number;
  beats: number;
  stalls: number;
  status: number;
}

/** A process that beats in several ways has one row: its sums, and the worst of its states. */
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

function family(name: string, type: string, help: string, rows: Rows): string {
  const lines = rows.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
