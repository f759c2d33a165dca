/** The metric families of an observer and of its endpoint. */
import { DECODE_ERROR_KINDS, decodeErrorLabel, type VlpObserver } from '../../health/index.js';
import type { MetricRow } from '../definitions/metric.js';
import type { PageFamily } from '../outputs/prometheus-page.js';

/** Connections of the endpoint that did not receive the page; they only grow. */
export interface ObserverEndpointCounters {
  /** Requests without the required token. */
  authFailures: number;
  /** Connections closed because their address exceeded the rate limit. */
  rateLimited: number;
  /** Connections closed at their deadline, or to make room for a newer one. */
  drained: number;
}

/** Accepted and refused frames, and slots. */
export function frameFamilies({ counters, trackerCapacity }: VlpObserver): PageFamily[] {
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
      DECODE_ERROR_KINDS.map((kind) => row('kind', decodeErrorLabel(kind), counters.decodeErrors[kind])),
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

/** Recovery commands. */
export function recoveryFamilies({ counters }: VlpObserver): PageFamily[] {
  return [
    family(
      'varta_recovery_outcomes_total',
      'counter',
      'Total recovery outcomes by kind.',
      Object.entries(counters.recoveries).map(([outcome, value]) => row('outcome', outcome, value)),
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
        row('reason', 'unauthenticated_transport', counters.recoveries.refused_unauthenticated_transport),
        row('reason', 'debounce_capacity', counters.recoveries.refused_debounce_capacity),
      ],
    ),
    counter(
      'varta_recovery_audit_dropped_total',
      'Audit lines dropped because the ring was full when they arrived.',
      counters.auditDropped,
    ),
  ];
}

/** UDP datagrams and rate limits. */
export function udpFamilies({ counters }: VlpObserver): PageFamily[] {
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
      Object.entries(counters.rateLimited).map(([reason, value]) => row('reason', reason, value)),
    ),
  ];
}

/** Connections of the endpoint. */
export function endpointFamilies({
  authFailures,
  rateLimited,
  drained,
}: ObserverEndpointCounters): PageFamily[] {
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
      [row('reason', 'drain', drained), row('reason', 'rate_limit', rateLimited)],
    ),
  ];
}

/** The observer itself. */
export function observerFamilies(observer: VlpObserver): PageFamily[] {
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

/** Counters that varta-watch does not have. */
export function ownFamilies({ counters }: VlpObserver): PageFamily[] {
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

/** A row with one label. */
export function row(label: string, word: string, value: number): MetricRow {
  return { labels: { [label]: word }, value };
}

/** A family without labels, or with those of its rows. */
export function family(
  name: string,
  type: PageFamily['type'],
  help: string,
  rows: readonly MetricRow[],
): PageFamily {
  const labels = Object.keys(rows[0]?.labels ?? {});
  return { name, type, help, labels, rows };
}

function counter(name: string, help: string, value: number): PageFamily {
  return family(name, 'counter', help, one(value));
}

function one(value: number): readonly MetricRow[] {
  return [{ labels: {}, value }];
}
