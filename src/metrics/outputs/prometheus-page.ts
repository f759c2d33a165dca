/** Families as a page for Prometheus, written by prom-client: text 0.0.4 or OpenMetrics 1.0.0. */
import type { RegistryContentType } from 'prom-client';
import type { MetricFamily } from '../definitions/metric.js';
import { loadPromClient } from './load-prom-client.js';

/** Formats of a page. */
export type PageFormat = 'text' | 'openmetrics';

/** A page with its content type. */
export interface MetricsPage {
  /** Value of the header `Content-Type`. */
  readonly contentType: string;
  /** The page. */
  readonly body: string;
}

/** What a page shows of a family. */
export type PageFamily = Pick<MetricFamily, 'name' | 'type' | 'help' | 'labels' | 'rows'>;

/** Writes a page. @throws RingwireError `EXPORTER_UNAVAILABLE` without the package prom-client */
export async function prometheusPage(
  families: readonly PageFamily[],
  format: PageFormat = 'text',
): Promise<MetricsPage> {
  const { Counter, Gauge, Registry } = await loadPromClient();
  // A registry of its own for each page: values that disappeared leave no trace, and no global state is touched.
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(
    format === 'openmetrics' ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE,
  );
  for (const { name, type, help, labels, rows } of families) {
    const options = { name, help, labelNames: labels, registers: [registry] };
    if (type === 'counter') {
      const counter = new Counter(options);
      for (const row of rows) counter.inc(row.labels, row.value);
    } else {
      const gauge = new Gauge(options);
      for (const row of rows) gauge.set(row.labels, row.value);
    }
  }
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/** The format that a scraper wants, by its header `Accept`. */
export function formatFor(accept: string | undefined): PageFormat {
  return accept !== undefined && /application\/openmetrics-text/i.test(accept) ? 'openmetrics' : 'text';
}
