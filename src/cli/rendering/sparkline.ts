/** The course of some numbers in block characters. */
const BARS = '▁▂▃▄▅▆▇█';

/** From `least`, by default the least of them, to the largest; all the same is a flat line. */
export function sparkline(values: readonly number[], least = Math.min(...values)): string {
  const range = Math.max(...values) - least;
  return values
    .map((value) => BARS[range === 0 ? 0 : Math.round(((value - least) / range) * (BARS.length - 1))])
    .join('');
}
