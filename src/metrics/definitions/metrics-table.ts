/** All metrics, and their values in a snapshot with bounded labels. */
import { RingwireError } from '../../platform/index.js';
import type { Snapshot, SourceFault } from '../snapshot.js';
import { AERON_COUNTERS, AERON_DRIVER, AERON_LOSSES, AERON_STREAMS } from './aeron-metrics.js';
import { CHANNELS, READERS } from './channel-metrics.js';
import { KeyLimit } from './key-limit.js';
import type { MetricDefinition, MetricFamily, MetricGroup, MetricGroupName } from './metric.js';
import { bind } from './metric-rows.js';
import { AGENTS, PROCESSES, RELAYS } from './process-metrics.js';

/** The sampler itself. */
const SAMPLER: MetricGroup<Snapshot> = {
  name: 'sampler',
  labels: [],
  items: (snapshot) => [snapshot],
  key: () => [],
  metrics: [
    {
      ...{ name: 'ringwire_sampler_duration_seconds', type: 'gauge', unit: 's' },
      help: 'Time that the last sampling took.',
      value: ({ durationMs }) => durationMs / 1000,
    },
    {
      ...{ name: 'ringwire_sampler_channels', type: 'gauge', unit: '{channel}' },
      help: 'Number of channels.',
      value: ({ channels }) => channels.length,
    },
  ],
};

const FAULTS: MetricGroup<SourceFault> = {
  name: 'sampler_fault',
  labels: ['source'],
  items: ({ faults }) => faults,
  key: ({ source }) => [source],
  metrics: [
    {
      ...{ name: 'ringwire_sampler_fault', type: 'gauge', unit: '1' },
      help: 'Sources that could not be sampled, 1 for each.',
      value: () => 1,
    },
  ],
};

const GROUPS = [
  ...[bind(CHANNELS), bind(READERS), bind(PROCESSES), bind(AGENTS), bind(RELAYS)],
  ...[bind(AERON_DRIVER), bind(AERON_COUNTERS), bind(AERON_STREAMS), bind(AERON_LOSSES)],
  ...[bind(SAMPLER), bind(FAULTS)],
];

/** All metrics, in the order of the output. */
export const METRICS: readonly MetricDefinition[] = GROUPS.flatMap(({ definitions }) => definitions);

/** Most items of each group that have labels of their own; the others share the label value `other`. */
export type MetricLimits = Partial<Record<MetricGroupName, number>>;

const DEFAULT_LIMITS: Readonly<Record<MetricGroupName, number>> = {
  ...{ channel: 2000, reader: 8000, process: 1000, agent: 1000, relay: 200 },
  ...{
    aeron_driver: 1,
    aeron_counter: 1000,
    aeron_stream: 500,
    aeron_loss: 500,
    sampler: 1,
    sampler_fault: 10,
  },
};

/** Turns snapshots into values. The labels of items that disappeared stay reserved for an hour. */
export class MetricTable {
  readonly #limits: ReadonlyMap<MetricGroupName, KeyLimit>;

  /** @throws RingwireError `INVALID_ARGUMENT` for an unknown group or a limit that is not a whole number from 1 */
  constructor(limits: MetricLimits = {}) {
    for (const [group, limit] of Object.entries(limits)) {
      if (!(group in DEFAULT_LIMITS)) {
        const known = Object.keys(DEFAULT_LIMITS).join(', ');
        throw new RingwireError('INVALID_ARGUMENT', `unknown limit '${group}'; expected one of ${known}`);
      }
      if (!(Number.isSafeInteger(limit) && limit >= 1)) {
        throw new RingwireError(
          'INVALID_ARGUMENT',
          `the limit ${group} must be a whole number from 1, not ${limit}`,
        );
      }
    }
    const resolved = { ...DEFAULT_LIMITS, ...limits };
    this.#limits = new Map(GROUPS.map(({ name }) => [name, new KeyLimit(resolved[name])]));
  }

  /** The values of all metrics. */
  families(snapshot: Snapshot): MetricFamily[] {
    return GROUPS.flatMap(({ name, families }) => families(snapshot, this.#limits.get(name) as KeyLimit));
  }
}
