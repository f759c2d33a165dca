/** Metrics of supervised processes, agents and relays. */
import type { AgentSample, ProcessSample, RelaySample } from '../snapshot.js';
import { seconds } from './channel-metrics.js';
import type { MetricGroup } from './metric.js';

/** One for each process of the supervisor. */
export const PROCESSES: MetricGroup<ProcessSample> = {
  name: 'process',
  labels: ['process'],
  items: ({ processes }) => processes,
  key: ({ id }) => [id],
  metrics: [
    {
      ...{ name: 'ringwire_process_state', type: 'gauge', unit: '1' },
      help: 'The state of the process, 1 for the state in the label; other states have no row.',
      label: { name: 'state', value: ({ state }) => state },
      value: () => 1,
    },
    {
      ...{ name: 'ringwire_process_restarts_total', type: 'counter', unit: '{restart}' },
      help: 'Restarts by the policy.',
      value: ({ restarts }) => restarts,
    },
    {
      ...{ name: 'ringwire_process_cpu_cores', type: 'gauge', unit: '{core}' },
      help: 'Processor usage of the process and its descendants: 1 is one core.',
      value: ({ cpu }) => cpu,
    },
    {
      ...{ name: 'ringwire_process_resident_memory_bytes', type: 'gauge', unit: 'By' },
      help: 'Resident memory of the process and its descendants.',
      value: ({ rss }) => rss,
    },
    {
      ...{ name: 'ringwire_process_uptime_seconds', type: 'gauge', unit: 's', merge: 'max' },
      help: 'Time since the current run started.',
      value: ({ uptimeMs }) => seconds(uptimeMs),
    },
    {
      ...{ name: 'ringwire_process_last_exit', type: 'gauge', unit: '1' },
      help: 'The end of the last run, 1 for the reason in the label: an exit code or a signal.',
      label: { name: 'reason', value: (process) => exitReason(process) ?? '' },
      value: (process) => (exitReason(process) === null ? null : 1),
    },
  ],
};

/** `SIGKILL` or `code 1`; null if no run has ended. */
function exitReason({ exitSignal, exitCode }: ProcessSample): string | null {
  return exitSignal ?? (exitCode === null ? null : `code ${exitCode}`);
}

/** One for each agent of the health observer. */
export const AGENTS: MetricGroup<AgentSample> = {
  name: 'agent',
  labels: ['pid', 'source'],
  items: ({ agents }) => agents,
  key: ({ pid, source, address }) => [String(pid), address ?? source],
  metrics: [
    {
      ...{ name: 'ringwire_agent_status', type: 'gauge', unit: '1' },
      help: 'The status of the agent, 1 for the status in the label; other statuses have no row.',
      label: { name: 'status', value: ({ status }) => status },
      value: () => 1,
    },
    {
      ...{ name: 'ringwire_agent_beat_age_seconds', type: 'gauge', unit: 's', merge: 'max' },
      help: 'Time since the last accepted beat.',
      value: ({ beatAgeMs }) => seconds(beatAgeMs),
    },
    {
      ...{ name: 'ringwire_agent_beats_total', type: 'counter', unit: '{beat}' },
      help: 'Accepted beats.',
      value: ({ beats }) => beats,
    },
    {
      ...{ name: 'ringwire_agent_stalls_total', type: 'counter', unit: '{stall}' },
      help: 'Times that the agent fell silent.',
      value: ({ stalls }) => stalls,
    },
    {
      ...{ name: 'ringwire_agent_queue_depth', type: 'gauge', unit: '1' },
      help: 'Upper half of the payload of the last beat: by convention the depth of a queue.',
      value: ({ queueDepth }) => queueDepth,
    },
    {
      ...{ name: 'ringwire_agent_errors', type: 'gauge', unit: '1' },
      help: 'Lower half of the payload of the last beat: by convention a number of errors.',
      value: ({ errorCount }) => errorCount,
    },
  ],
};

/** One for each registered relay. */
export const RELAYS: MetricGroup<RelaySample> = {
  name: 'relay',
  labels: ['relay', 'direction'],
  items: ({ relays }) => relays,
  key: ({ name, direction }) => [name, direction],
  metrics: [
    {
      ...{ name: 'ringwire_relay_transferred_records_total', type: 'counter', unit: '{record}' },
      help: 'Records sent or received, repetitions included.',
      value: ({ transferred }) => transferred,
    },
    {
      ...{ name: 'ringwire_relay_acknowledged_records_total', type: 'counter', unit: '{record}' },
      help: 'Records of the channel that the other side has acknowledged.',
      value: ({ acknowledged }) => acknowledged,
    },
    {
      ...{ name: 'ringwire_relay_lag_records', type: 'gauge', unit: '{record}' },
      help: 'Records that wait.',
      value: ({ lag }) => lag,
    },
    {
      ...{ name: 'ringwire_relay_lost_records_total', type: 'counter', unit: '{record}' },
      help: 'Records lost before they could be carried.',
      value: ({ lost }) => lost,
    },
    {
      ...{ name: 'ringwire_relay_reconnects_total', type: 'counter', unit: '{connection}' },
      help: 'Connections after the first.',
      value: ({ reconnects }) => reconnects,
    },
    {
      ...{ name: 'ringwire_relay_waiting', type: 'gauge', unit: '1' },
      help: 'Whether a fault keeps the relay waiting: 1 or 0.',
      value: ({ fault }) => Number(fault !== null),
    },
  ],
};
