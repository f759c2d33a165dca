/** The metrics as observable counters and gauges of OpenTelemetry. */
import type { Observable } from '@opentelemetry/api';
import { METRICS, type MetricLimits, MetricTable } from '../definitions/metrics-table.js';
import type { Sampler } from '../sampler.js';
import { loadOpenTelemetry } from './load-opentelemetry.js';

/** Name of the instrumentation scope. */
const SCOPE = 'ringwire';

/** Options of {@link exportToOpenTelemetry}. */
export interface OpenTelemetryOptions {
  /** What is sampled for each collection. */
  readonly sampler: Sampler;
  /** Age in milliseconds up to which the last snapshot is used again. Default: 500. */
  readonly maxAgeMs?: number;
  /** Most items of each group with attributes of their own. Default: see the documentation. */
  readonly limits?: MetricLimits;
}

/**
 * Registers an observable instrument for each metric with the global meter provider. Each collection of its reader
 * takes a snapshot. Requires the package `@opentelemetry/api`.
 *
 * @example
 * const stop = await exportToOpenTelemetry({ sampler: new Sampler({ root }) });
 *
 * @returns a function that withdraws the instruments' callback
 * @throws RingwireError `EXPORTER_UNAVAILABLE` without the package, `INVALID_ARGUMENT` for invalid limits
 */
export async function exportToOpenTelemetry(options: OpenTelemetryOptions): Promise<() => void> {
  const { sampler, maxAgeMs = 500, limits } = options;
  const { metrics } = await loadOpenTelemetry();
  const table = new MetricTable(limits);
  const meter = metrics.getMeter(SCOPE);
  const instruments = new Map<string, Observable>(
    METRICS.map(({ name, otelName, type, unit, help }) => {
      const about = { description: help, unit };
      return [
        name,
        type === 'counter'
          ? meter.createObservableCounter(otelName, about)
          : meter.createObservableGauge(otelName, about),
      ];
    }),
  );
  const all = [...instruments.values()];
  const observe: Parameters<typeof meter.addBatchObservableCallback>[0] = async (result) => {
    for (const { name, rows } of table.families(await sampler.recent(maxAgeMs))) {
      const instrument = instruments.get(name) as Observable;
      for (const { labels, value } of rows) result.observe(instrument, value, labels);
    }
  };
  meter.addBatchObservableCallback(observe, all);
  return () => meter.removeBatchObservableCallback(observe, all);
}
