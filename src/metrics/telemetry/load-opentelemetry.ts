/** Loading the API of OpenTelemetry: an optional package, which only its exporter and the trace handler need. */
import { RingwireError } from '../../platform/index.js';

/** The API of OpenTelemetry. */
export type OpenTelemetry = typeof import('@opentelemetry/api');

/** @throws RingwireError `EXPORTER_UNAVAILABLE` when the package does not load */
export async function loadOpenTelemetry(): Promise<OpenTelemetry> {
  try {
    return await import('@opentelemetry/api');
  } catch (cause) {
    throw new RingwireError(
      'EXPORTER_UNAVAILABLE',
      '@opentelemetry/api does not load: install it with "npm install @opentelemetry/api@1"',
      { cause },
    );
  }
}
