/** The metrics of a relay that runs in this process, for `ringwire relay --metrics`. */
import { MetricsServer, type RelayProgress, RelayRegistry, Sampler } from '../../../metrics/index.js';
import { printNote } from '../../print.js';

/** Where a relay reports its progress. */
export interface RelayMetrics {
  /** Reports the progress of the relay. */
  readonly report: (progress: RelayProgress) => void;
  /** Ends the server. */
  readonly close: () => Promise<void>;
}

/** Serves the progress of the relay `name`; without an address the reports have no effect. */
export async function relayMetrics(
  name: string,
  address: { readonly host: string; readonly port: number } | undefined,
): Promise<RelayMetrics> {
  if (address === undefined) return { report: () => {}, close: async () => {} };
  const relays = new RelayRegistry();
  const sampler = new Sampler({ relays });
  const server = await MetricsServer.listen({ sampler, ...address });
  printNote(`metrics: http://${server.address}/metrics`);
  const close = async () => {
    await server.close();
    sampler.close();
  };
  return { report: relays.report(name), close };
}
