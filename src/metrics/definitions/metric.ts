/** What a metric is: defined once, for Prometheus, OpenTelemetry and the documentation. */
import type { Snapshot } from '../snapshot.js';

/** A metric of a group of items of a snapshot. */
export interface Metric<T> {
  /** Name in Prometheus, with its unit; a counter ends with `_total`. */
  readonly name: string;
  /** A counter only grows while its item exists. */
  readonly type: 'counter' | 'gauge';
  /** Unit by the Unified Code for Units of Measure, as OpenTelemetry expects it: `By`, `s`, `1`, `{record}`. */
  readonly unit: string;
  /** One sentence for people. */
  readonly help: string;
  /** One more label than those of the group, with its value. Default: none. */
  readonly label?: { readonly name: string; readonly value: (item: T) => string };
  /** How the items in the bucket `other` are merged. Default: `sum`. */
  readonly merge?: 'sum' | 'max';
  /** Value of an item; null: no row. */
  readonly value: (item: T) => number | null;
}

/** Groups with a limit of their own. */
export type MetricGroupName =
  | 'channel'
  | 'reader'
  | 'process'
  | 'agent'
  | 'aeron_driver'
  | 'aeron_counter'
  | 'aeron_stream'
  | 'aeron_loss'
  | 'relay'
  | 'sampler'
  | 'sampler_fault';

/** Metrics with the same labels. */
export interface MetricGroup<T> {
  readonly name: MetricGroupName;
  /** Names of the labels of all its metrics. */
  readonly labels: readonly string[];
  /** The items of a snapshot. */
  readonly items: (snapshot: Snapshot) => readonly T[];
  /** Values of the labels of an item. Some come from other processes. */
  readonly key: (item: T) => readonly string[];
  readonly metrics: readonly Metric<T>[];
}

/** A metric with its labels, without functions. */
export interface MetricDefinition {
  /** Name in Prometheus. */
  readonly name: string;
  /** Name in OpenTelemetry. */
  readonly otelName: string;
  /** A counter only grows while its item exists. */
  readonly type: 'counter' | 'gauge';
  /** Unit by the Unified Code for Units of Measure. */
  readonly unit: string;
  /** One sentence for people. */
  readonly help: string;
  /** Names of the labels. */
  readonly labels: readonly string[];
}

/** One value of a metric. */
export interface MetricRow {
  /** Values of the labels by name. */
  readonly labels: Readonly<Record<string, string>>;
  /** The value. */
  readonly value: number;
}

/** A metric with its values in one snapshot. */
export interface MetricFamily extends MetricDefinition {
  /** The values. */
  readonly rows: readonly MetricRow[];
}

/** The definition of a metric of a group. */
export function definitionOf<T>(group: MetricGroup<T>, metric: Metric<T>): MetricDefinition {
  const { name, type, unit, help, label } = metric;
  return {
    ...{ name, type, unit, help, otelName: otelName(name) },
    labels: label === undefined ? group.labels : [...group.labels, label.name],
  };
}

/**
 * The name in OpenTelemetry: `ringwire_channel_payload_bytes_total` is `ringwire.channel.payload_bytes`. An exporter to
 * Prometheus makes the same name of it as here.
 */
function otelName(name: string): string {
  return name.replace(/_total$/, '').replace(/^ringwire_([a-z]+)_/, 'ringwire.$1.');
}
