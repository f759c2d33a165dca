/** A chart of the last 15 minutes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { bytes, short, timeOfDay, whole } from './format.js';

const HEIGHT = 190;
const SPAN_SECONDS = 15 * 60;
/** Shortest time that a chart shows, while the server is young. */
const SHORTEST_SECONDS = 60;
/** Steps between labels of an axis with bytes. */
const BYTE_STEPS = Array.from({ length: 40 }, (_, i) => 2 ** i);
const DARK = '(prefers-color-scheme: dark)';

const FORMATS = { records: short, bytes } as const;
type Unit = keyof typeof FORMATS;

interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

/** A chart with its title and a legend. The colors are those of the style sheet. */
export function Chart(props: {
  readonly title: string;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly unit: Unit;
}) {
  const { title, times, lines, unit } = props;
  const format = FORMATS[unit];
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const isDark = useDark();
  const names = lines.map(({ name }) => name).join('\n');
  const data = dataOf(times, lines);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    plot.current = new uPlot(optionsOf(element, names.split('\n'), unit), data, element);
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [isDark, names]);
  useEffect(() => plot.current?.setData(data), [times]);
  const now = lines.map(({ name, values }) => `${name} ${format(values.at(-1) ?? null)}`).join(', ');
  return (
    <figure class="chart">
      <figcaption>
        {title}
        {lines.length > 1 && (
          <ul>
            {lines.map(({ name }, i) => (
              <li key={name} class={`line-${i % 8}`}>
                {name}
              </li>
            ))}
          </ul>
        )}
      </figcaption>
      <div
        ref={place}
        role="img"
        aria-label={`${title}, last 15 minutes, ${whole(times.length)} values; now: ${now}`}
      />
    </figure>
  );
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [times.map((time) => time / 1000), ...lines.map(({ values }) => [...values])];
}

function optionsOf(element: HTMLElement, names: readonly string[], unit: Unit): uPlot.Options {
  const format = FORMATS[unit];
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--faint'),
    grid: { stroke: color('--rule'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    padding: [10, 10, 0, 0],
    scales: {
      x: {
        range: (_plot, min, max) => [
          Math.max(max - SPAN_SECONDS, Math.min(min, max - SHORTEST_SECONDS)),
          max,
        ],
      },
      y: { range: (_plot, _min, max) => [0, Math.max(max, 1) * 1.08] },
    },
    axes: [
      {
        ...axis,
        values: (_plot, splits, _axis, _space, step) => splits.map((at) => clock(at, step < 60)),
        space: 80,
        size: 28,
      },
      {
        ...axis,
        values: (_plot, splits) => splits.map((value) => format(value)),
        size: 64,
        ...(unit === 'bytes' ? { incrs: BYTE_STEPS } : {}),
      },
    ],
    series: [
      {},
      ...names.map((_name, i) => ({
        stroke: color(`--line-${i % 8}`),
        width: 1.5,
        points: { show: false },
        ...(names.length === 1 ? { fill: color('--line-fill') } : {}),
      })),
    ],
  };
}

function clock(seconds: number, withSeconds: boolean): string {
  return timeOfDay(seconds * 1000).slice(0, withSeconds ? 8 : 5);
}

function useDark(): boolean {
  const [isDark, setDark] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const query = matchMedia(DARK);
    const change = () => setDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return isDark;
}
