/** The last rates of each channel, for the sparklines of `top`. */
import type { ChannelSample } from '../../../metrics/index.js';

/** Number of rates that are kept. */
const LENGTH = 40;

/** Rates in records per second, oldest first. */
export class RateHistory {
  #rates = new Map<string, readonly number[]>();

  /** Appends the rates of all channels; forgets channels that are not among them. */
  add(samples: readonly ChannelSample[]): void {
    const before = this.#rates;
    this.#rates = new Map(
      samples.map(({ path, recordsPerSecond }) => {
        const rates = before.get(path) ?? [];
        return [path, recordsPerSecond === null ? rates : [...rates, recordsPerSecond].slice(-LENGTH)];
      }),
    );
  }

  /** The rates of one channel. */
  of({ path }: ChannelSample): readonly number[] {
    return this.#rates.get(path) ?? [];
  }
}
