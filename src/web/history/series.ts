/** One value a second for the time that charts show. */

/** Number of values of a series: 15 minutes. */
export const SERIES_LENGTH = 900;

/** Values by tick; ticks without one hold NaN. The clock of all series is the same tick. */
export class Series {
  readonly #values = new Float32Array(SERIES_LENGTH).fill(Number.NaN);
  /** The last tick that has a value. */
  lastTick = -1;

  /** Stores the value of a tick. `null` means unknown. */
  set(tick: number, value: number | null): void {
    this.#clear(Math.max(this.lastTick + 1, tick - SERIES_LENGTH + 1), tick);
    this.#values[tick % SERIES_LENGTH] = value ?? Number.NaN;
    this.lastTick = tick;
  }

  /** The values of the ticks from `first` to `last`; null where unknown. */
  values(first: number, last: number): (number | null)[] {
    const values: (number | null)[] = [];
    for (let tick = first; tick <= last; tick++) {
      const value = this.#values[tick % SERIES_LENGTH] as number;
      const known = tick <= this.lastTick && tick > this.lastTick - SERIES_LENGTH && !Number.isNaN(value);
      values.push(known ? value : null);
    }
    return values;
  }

  #clear(first: number, end: number): void {
    for (let tick = first; tick < end; tick++) this.#values[tick % SERIES_LENGTH] = Number.NaN;
  }
}
