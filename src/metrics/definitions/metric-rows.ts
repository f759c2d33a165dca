/** The values of the metrics of a group in a snapshot. */
import type { Snapshot } from '../snapshot.js';
import { type KeyLimit, labelValue } from './key-limit.js';
import {
  definitionOf,
  type Metric,
  type MetricDefinition,
  type MetricFamily,
  type MetricGroup,
  type MetricGroupName,
  type MetricRow,
} from './metric.js';

/** A group without the type of its items. */
export interface BoundGroup {
  readonly name: MetricGroupName;
  readonly definitions: readonly MetricDefinition[];
  /** The values in a snapshot. `limit`: the labels of this group so far. */
  readonly families: (snapshot: Snapshot, limit: KeyLimit) => MetricFamily[];
}

/** Binds a group to the type of its items. */
export function bind<T>(group: MetricGroup<T>): BoundGroup {
  const metrics = group.metrics.map((metric) => ({ metric, definition: definitionOf(group, metric) }));
  return {
    name: group.name,
    definitions: metrics.map(({ definition }) => definition),
    families: (snapshot, limit) => {
      const items = group.items(snapshot).map((item) => ({
        item,
        values: limit.admit(group.key(item), snapshot.takenAtMs),
      }));
      return metrics.map(({ metric, definition }) => ({ ...definition, rows: rowsOf(group, metric, items) }));
    },
  };
}

interface Admitted<T> {
  readonly item: T;
  readonly values: readonly string[];
}

/** Items with the same labels share a row: those beyond the limit. */
function rowsOf<T>(group: MetricGroup<T>, metric: Metric<T>, items: readonly Admitted<T>[]): MetricRow[] {
  const rows = new Map<string, { labels: Record<string, string>; value: number }>();
  for (const { item, values } of items) {
    const value = metric.value(item);
    if (value === null) continue;
    const own = metric.label === undefined ? [] : [labelValue(metric.label.value(item))];
    const all = [...values, ...own];
    const key = all.join('\0');
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { labels: labelled(group, metric, all), value });
    else row.value = metric.merge === 'max' ? Math.max(row.value, value) : row.value + value;
  }
  return [...rows.values()];
}

function labelled<T>(
  { labels }: MetricGroup<T>,
  { label }: Metric<T>,
  values: readonly string[],
): Record<string, string> {
  const names = label === undefined ? labels : [...labels, label.name];
  return Object.fromEntries(names.map((name, i) => [name, values[i] as string]));
}
