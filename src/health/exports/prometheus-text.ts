/**
 * The counters of an observer as Prometheus text 0.0.4. Names, help texts and order of the `varta_` families are those
 * of the later varta-watch; every label value has a row from the first scrape on. `ringwire_` families follow.
 */
import { DECODE_ERROR_KINDS, decodeErrorLabel } from '../frame/decode-error.js';
import type { AgentState, VlpObserver } from '../observer/observer.js';

type Rows = readonly (readonly [labels: string, value: number])[];

/** Connections of the endpoint that were not answered with the page. */
export interface PrometheusCounters {
  /** Requests without the token. */
  authFailures: number;
  /** Connections closed because their address exceeds the rate. */
  rateLimited: number;
  /** Connections closed at their deadline, or for a newer one. */
  drained: number;
}

/**
 * The whole page, with rows by pid, ascending. An evicted agent has no rows.
 * @param connections counters of the endpoint that serves the page; default none
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

function frameFamilies({ counters, trackerCapacity }: VlpObserver): string[] {
  return [
    counter(
      'varta_tracker_evicted_total',
      'Total tracker slots reclaimed from dead agents.',
      counters.evicted,
    ),
    counter(
      'varta_frame_auth_failures_total',
      'Frames rejected due to PID spoofing or authentication failure.',
      counters.authFailures,
    ),
    family(
      'varta_decode_errors_total',
      'counter',
      'Total VLP decode failures by kind.',
      DECODE_ERROR_KINDS.map((kind) => [`{kind="${decodeErrorLabel(kind)}"}`, counters.decodeErrors[kind]]),
    ),
    counter('varta_io_errors_total', 'Total socket receive errors.', counters.ioErrors),
    counter(
      'varta_ctrl_truncated_total',
      'Total ancillary-data truncation events (MSG_CTRUNC on Linux).',
      counters.controlTruncated,
    ),
    counter(
      'varta_tracker_capacity_exceeded_total',
      'Total beats dropped because tracker is full.',
      counters.capacityExceeded,
    ),
    family(
      'varta_tracker_capacity',
      'gauge',
      'Configured tracker capacity (max distinct agent pids).',
      one(trackerCapacity),
    ),
  ];
}

function recoveryFamilies({ counters }: VlpObserver): string[] {
  return [
    family(
      'varta_recovery_outcomes_total',
      'counter',
      'Total recovery outcomes by kind.',
      Object.entries(counters.recoveries).map(([outcome, value]) => [`{outcome="${outcome}"}`, value]),
    ),
    counter(
      'varta_recovery_duration_ns_sum',
      'Sum of recovery child wall-clock durations in ns.',
      Math.round(counters.recoveryMillis * 1e6),
    ),
    counter(
      'varta_recovery_duration_count_total',
      'Number of recovery completions contributing to varta_recovery_duration_ns_sum.',
      counters.recoveriesEnded,
    ),
    family(
      'varta_recovery_refused_total',
      'counter',
      'Recovery commands NOT spawned because of a structural safety gate, by reason.',
      [
        ['{reason="unauthenticated_transport"}', counters.recoveries.refused_unauthenticated_transport],
        ['{reason="debounce_capacity"}', counters.recoveries.refused_debounce_capacity],
      ],
    ),
    counter(
      'varta_recovery_audit_dropped_total',
      'Audit lines dropped because the ring was full when they arrived.',
      counters.auditDropped,
    ),
  ];
}

function udpFamilies({ counters }: VlpObserver): string[] {
  return [
    counter(
      'varta_frame_decrypt_failures_total',
      'Total AEAD decryption/tag-verification failures.',
      counters.decryptFailures,
    ),
    counter(
      'varta_secure_replay_refused_total',
      'Total authenticated secure-UDP frames refused as replays: the AEAD tag verified for a known sender but the inner VLP nonce/timestamp did not advance past the recorded high-water mark. Distinct from varta_frame_decrypt_failures_total (crypto failures).',
      counters.replaysRefused,
    ),
    counter(
      'varta_truncated_datagrams_total',
      'Total datagrams received with wrong size.',
      counters.truncated,
    ),
    family(
      'varta_rate_limited_total',
      'counter',
      'Frames dropped due to rate limiting.',
      Object.entries(counters.rateLimited).map(([reason, value]) => [`{reason="${reason}"}`, value]),
    ),
  ];
}

function endpointFamilies({ authFailures, rateLimited, drained }: PrometheusCounters): string[] {
  return [
    counter(
      'varta_prom_auth_failures_total',
      'Number of /metrics scrapes rejected because the bearer token was missing or wrong.',
      authFailures,
    ),
    family(
      'varta_prom_connections_dropped_total',
      'counter',
      'Connections accepted on /metrics but closed before serving, by reason.',
      [
        ['{reason="drain"}', drained],
        ['{reason="rate_limit"}', rateLimited],
      ],
    ),
  ];
}

function observerFamilies(observer: VlpObserver): string[] {
  const uptime = observer.nanos() / 1e9;
  return [
    family(
      'varta_observer_uds_rcvbuf_bytes',
      'gauge',
      'Effective SO_RCVBUF size on the observer UDS, in bytes.',
      one(observer.receiveBufferBytes),
    ),
    family(
      'varta_watch_uptime_seconds',
      'gauge',
      'Observer process uptime in seconds.',
      one(Number(uptime.toFixed(3))),
    ),
    family(
      'varta_watch_pids_tracked',
      'gauge',
      'Current number of agent PIDs in the tracker.',
      one(observer.agents().length),
    ),
  ];
}

function ownFamilies({ counters }: VlpObserver): string[] {
  return [
    counter(
      'ringwire_vlp_out_of_order_total',
      'Total frames whose nonce was old or repeated.',
      counters.outOfOrder,
    ),
    counter(
      'ringwire_vlp_channel_lapped_total',
      'Total beats that a ring channel lost before the observer read them.',
      counters.lapped,
    ),
    counter(
      'ringwire_vlp_events_suppressed_total',
      'Total events about refused UDP datagrams that were counted but not reported.',
      counters.eventsSuppressed,
    ),
    counter(
      'ringwire_vlp_blind_spells_total',
      'Times the observer itself did not run in time.',
      counters.blindSpells,
    ),
  ];
}

interface Totals {
  readonly pid: number;
  beats: number;
  stalls: number;
  status: number;
}

/** A pid that beats over several transports has one row: its sums, and the worst of its states. */
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

function one(value: number): Rows {
  return [['', value]];
}

function counter(name: string, help: string, value: number): string {
  return family(name, 'counter', help, one(value));
}

function family(name: string, type: string, help: string, rows: Rows): string {
  const lines = rows.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
