/** The last rates of each channel, for the small curves of the table. */
import type { Snapshot } from '../../api/answers.js';

const KEPT = 60;
const rates = new Map<string, number[]>();

/** Adds the rates of a snapshot; forgets channels that are gone. */
export function rememberRates({ channels }: Snapshot): void {
  const ids = new Set(channels.map(({ id }) => id));
  for (const id of rates.keys()) if (!ids.has(id)) rates.delete(id);
  for (const { id, recordsPerSecond } of channels) {
    rates.set(id, [...(rates.get(id) ?? []), recordsPerSecond ?? 0].slice(-KEPT));
  }
}

/** Records per second of a channel, oldest first, one value a second. */
export function ratesOf(id: string): readonly number[] {
  return rates.get(id) ?? [];
}
