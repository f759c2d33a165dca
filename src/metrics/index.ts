/** Internal index of src/metrics: what outputs and commands use. The entry point of the package is src/metrics.ts. */
export type { MetricDefinition, MetricFamily, MetricGroupName, MetricRow } from './definitions/metric.js';
export { METRICS, type MetricLimits, MetricTable } from './definitions/metrics-table.js';
export { ObserverEndpoint, type ObserverEndpointOptions } from './observer/observer-endpoint.js';
export type { ObserverEndpointCounters } from './observer/observer-families.js';
export { observerPage } from './observer/observer-page.js';
export {
  type MetricsHandler,
  type MetricsHandlerOptions,
  metricsHandler,
} from './outputs/metrics-handler.js';
export { MetricsServer, type MetricsServerOptions } from './outputs/metrics-server.js';
export {
  type MetricsPage,
  type PageFamily,
  type PageFormat,
  prometheusPage,
} from './outputs/prometheus-page.js';
export { type RelayProgress, RelayRegistry } from './relay-registry.js';
export { Sampler, type SamplerOptions, type SnapshotListener } from './sampler.js';
export { RootSampler } from './sampling/root-sampler.js';
export type {
  AeronCounterSample,
  AeronErrorSample,
  AeronLossSample,
  AeronSample,
  AeronStreamSample,
  AgentSample,
  ChannelSample,
  ProcessSample,
  ReaderSample,
  RelaySample,
  Snapshot,
  SourceFault,
} from './snapshot.js';
export { exportToOpenTelemetry, type OpenTelemetryOptions } from './telemetry/opentelemetry-export.js';
export { type TraceContext, TraceContextHandler } from './telemetry/trace-context-handler.js';
