/**
 * Entry point `ringwire/metrics`: samples channels, processes, agents, a media driver and relays from outside, for
 * dashboards.
 *
 * @module ringwire/metrics
 */
export {
  type AeronCounterSample,
  type AeronErrorSample,
  type AeronLossSample,
  type AeronSample,
  type AeronStreamSample,
  type AgentSample,
  type ChannelSample,
  exportToOpenTelemetry,
  METRICS,
  type MetricDefinition,
  type MetricFamily,
  type MetricLimits,
  type MetricRow,
  type MetricsHandler,
  type MetricsHandlerOptions,
  type MetricsPage,
  MetricsServer,
  type MetricsServerOptions,
  MetricTable,
  metricsHandler,
  type OpenTelemetryOptions,
  type PageFamily,
  type PageFormat,
  type ProcessSample,
  prometheusPage,
  type ReaderSample,
  type RelayProgress,
  RelayRegistry,
  type RelaySample,
  Sampler,
  type SamplerOptions,
  type Snapshot,
  type SnapshotListener,
  type SourceFault,
  type TraceContext,
  TraceContextHandler,
} from './metrics/index.js';
