/** Values of the last minute for sparklines: one mean for each second in which values arrived. */

const SECONDS = 60;

interface Second {
  readonly at: number;
  sum: number;
  count: number;
}

/** The last minute of several series. */
export class LastMinute {
  #series = new Map<string, Second[]>();

  /**
   * Adds a value to each series, null for an unknown one. Series that are not among them are forgotten.
   * @param nowMillis milliseconds of a monotonic clock
   */
  add(values: Iterable<readonly [name: string, value: number | null]>, nowMillis = performance.now()): void {
    const at = Math.floor(nowMillis / 1000);
    const before = this.#series;
    this.#series = new Map();
    for (const [name, value] of values) {
      const seconds = (before.get(name) ?? []).filter((second) => at - second.at < SECONDS);
      const last = seconds.at(-1);
      if (value !== null) {
        if (last?.at === at) {
          last.sum += value;
          last.count++;
        } else seconds.push({ at, sum: value, count: 1 });
      }
      this.#series.set(name, seconds);
    }
  }

  /** The means of a series, oldest first; at most 60. */
  of(name: string): number[] {
    return (this.#series.get(name) ?? []).map(({ sum, count }) => sum / count);
  }
}
