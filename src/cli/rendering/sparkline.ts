/** A series of numbers as block characters. */
const BARS = '▁▂▃▄▅▆▇█';

/** Scales from `least`, by default the minimum, to the maximum; equal values give a flat line. */
export function sparkline(values: readonly number[], least = Math.min(...values)): string {
  const range = Math.max(...values) - least;
  return values
    .map((value) => BARS[range === 0 ? 0 : Math.round(((value - least) / range) * (BARS.length - 1))])
    .join('');
}
