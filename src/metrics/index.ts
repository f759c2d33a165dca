/** Internal index of src/metrics: what outputs and commands use. The entry point of the package is src/metrics.ts. */
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
