/** Loading prom-client: an optional package, which only an endpoint for Prometheus needs. */
import { RingwireError } from '../../platform/index.js';

type PromClient = typeof import('prom-client');

/** @throws RingwireError `EXPORTER_UNAVAILABLE` when the package does not load */
export async function loadPromClient(): Promise<PromClient> {
  try {
    const loaded = await import('prom-client');
    return loaded.default ?? loaded;
  } catch (cause) {
    throw new RingwireError(
      'EXPORTER_UNAVAILABLE',
      'prom-client does not load: install it with "npm install prom-client@15"',
      { cause },
    );
  }
}
