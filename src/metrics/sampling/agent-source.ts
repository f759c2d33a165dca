/** Samples the agents of a health observer of this process. */
import { type AgentState, statusLabel, unpackPayload, type VlpObserver } from '../../health/index.js';
import type { AgentSample } from '../snapshot.js';

/** The agents of an observer, in ascending order of pid. */
export function sampleAgents(observer: VlpObserver): AgentSample[] {
  return observer.agents().map(sampleOf);
}

function sampleOf({
  pid,
  source,
  address,
  status,
  silentMs,
  beats,
  stalls,
  payload,
}: AgentState): AgentSample {
  const { high, low } = unpackPayload(payload);
  return {
    ...{ pid, source, address, status: statusLabel(status), beatAgeMs: silentMs, beats, stalls },
    ...{ payload: String(payload), queueDepth: high, errorCount: low },
  };
}
