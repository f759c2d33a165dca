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
  type ProcessSample,
  type ReaderSample,
  type RelayProgress,
  RelayRegistry,
  type RelaySample,
  Sampler,
  type SamplerOptions,
  type Snapshot,
  type SnapshotListener,
  type SourceFault,
} from './metrics/index.js';
