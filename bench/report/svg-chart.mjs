// @ts-check
/** Horizontal bars on a logarithmic scale, legible on light and dark pages. */
import { SPEED_TARGETS } from '../speed-targets.mjs';

const WIDTH = 840;
const LABELS = 250;
const ROW = 26;
const LOG_WAYS = { write: 'write', claim: 'tryClaim/commit', staged: 'stage/publish', batch: 'writeBatch' };
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .value { font-size: 12px; }
  .tick { font-size: 11px; fill: #57606a; }
  line { stroke: #d0d7de; }
  .target { stroke: #cf222e; stroke-width: 2; }
  .ours { fill: #0a7d5a; }
  .native { fill: #57606a; }
  .other { fill: #b0793a; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .tick { fill: #9198a1; }
    line { stroke: #3d444d; }
    .target { stroke: #ff7b72; }
    .ours { fill: #3fb68b; }
    .native { fill: #9198a1; }
    .other { fill: #d29a5a; }
  }`;

/** @typedef {{ label: string, value: number, text: string, kind: 'ours' | 'native' | 'other', target?: number | undefined }} Bar */

/** @param {Record<string, any>} results by suite @returns {string} */
export function svgChart(results) {
  const panels = [
    ratioPanel(
      'Rate between two processes, 64 bytes, against C in the same run (line: target)',
      ratioBars(results),
    ),
    panel('Records of 64 bytes per second between two processes (more is better)', rateBars(results)),
    panel('Round trip of 64 bytes, median nanoseconds (less is better)', roundTripBars(results)),
  ].filter(({ height }) => height > 0);
  let y = 8;
  const bodies = panels.map(({ body, height }) => {
    const text = `<g transform="translate(0 ${y})">${body}</g>`;
    y += height;
    return text;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="Benchmarks of ringwire and other transports"><style>${STYLE}\n</style>\n${bodies.join('\n')}\n</svg>\n`;
}

/** The ratios to C between two processes that have a target. @param {any} results @returns {Bar[]} */
function ratioBars(results) {
  return SPEED_TARGETS.flatMap(({ suite, figure, target, value }) => {
    if (suite !== 'throughput' && suite !== 'ring') return [];
    const measured = results[suite] === undefined ? null : value(results[suite]);
    if (measured == null) return [];
    const label = figure.replace(' between two processes', '').replace(', against C', '').replaceAll('`', '');
    const least = Number(target.replace('at least ', ''));
    return [
      {
        label,
        value: measured,
        text: measured.toFixed(2),
        kind: /** @type {const} */ ('ours'),
        target: least,
      },
    ];
  });
}

/** @param {any} results @returns {Bar[]} */
function rateBars({ throughput, ring, rivals }) {
  /** @type {Bar[]} */
  const bars = [];
  const at64 = (/** @type {any[] | undefined} */ rows) => (rows ?? []).filter(({ length }) => length === 64);
  const fastest = (/** @type {any[]} */ rows, /** @type {string} */ figure) =>
    Math.max(0, ...rows.map((row) => row[figure] ?? 0));
  const add = (/** @type {string} */ label, /** @type {number} */ value, /** @type {Bar['kind']} */ kind) =>
    value > 0 && bars.push(rateBar(label, value, kind));
  const log = at64(throughput);
  for (const [mode, name] of Object.entries(LOG_WAYS))
    add(
      `log, ${name}`,
      fastest(
        log.filter((row) => row.mode === mode),
        'recordsPerSecond',
      ),
      'ours',
    );
  for (const row of at64(ring))
    if (row.ratio !== null) add(`ring, ${row.name}`, row.recordsPerSecond, 'ours');
  add('log in C, the fastest', fastest(log, 'nativeRecordsPerSecond'), 'native');
  add('ring in C, the fastest', fastest(at64(ring), 'nativeRecordsPerSecond'), 'native');
  for (const { name, recordsPerSecond } of rivals ?? []) add(name, recordsPerSecond ?? 0, 'other');
  return bars.sort((a, b) => b.value - a.value);
}

/** @param {string} label @param {number} value @param {Bar['kind']} kind @returns {Bar} */
function rateBar(label, value, kind) {
  return {
    label,
    value,
    kind,
    text: value >= 1e6 ? `${(value / 1e6).toFixed(1)} M` : `${(value / 1e3).toFixed(0)} k`,
  };
}

/** @param {any} results @returns {Bar[]} */
function roundTripBars({ 'round-trips': roundTrips, rivals }) {
  /** @type {Bar[]} */
  const bars = [];
  /** @param {string} label @param {number} nanos @param {Bar['kind']} kind */
  const add = (label, nanos, kind) =>
    bars.push({
      label,
      value: nanos,
      kind,
      text: nanos >= 1000 ? `${(nanos / 1000).toFixed(1)} µs` : `${nanos.toFixed(0)} ns`,
    });
  if (roundTrips !== undefined) {
    add('ringwire, spinning', roundTrips.ours.p50, 'ours');
    if (roundTrips.native !== null) add('C, spinning', roundTrips.native.p50, 'native');
  }
  for (const { name, roundTripNanos } of rivals ?? [])
    if (roundTripNanos !== undefined) add(name, roundTripNanos.p50, 'other');
  return bars.sort((a, b) => a.value - b.value);
}

/** A panel on a logarithmic scale. @param {string} title @param {Bar[]} bars */
function panel(title, bars) {
  if (bars.length === 0) return { body: '', height: 0 };
  const values = bars.map(({ value }) => Math.log10(value));
  const least = Math.floor(Math.min(...values) - 0.15);
  const most = Math.ceil(Math.max(...values));
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => least + i);
  const share = (/** @type {number} */ log) => (log - least) / (most - least);
  return drawn(
    title,
    bars,
    ticks.map((log) => ({ at: share(log), text: decade(log) })),
    (value) => share(Math.log10(value)),
  );
}

/** A panel on a linear scale from 0 to C, or to the largest ratio. @param {string} title @param {Bar[]} bars */
function ratioPanel(title, bars) {
  if (bars.length === 0) return { body: '', height: 0 };
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((value) => ({
    at: value / most,
    text: value === 1 ? 'C' : `${value}`,
  }));
  return drawn(title, bars, ticks, (value) => value / most);
}

/** @param {string} title @param {Bar[]} bars @param {{ at: number, text: string }[]} ticks @param {(value: number) => number} share of the width */
function drawn(title, bars, ticks, share) {
  const room = WIDTH - LABELS - 90;
  const x = (/** @type {number} */ at) => (LABELS + at * room).toFixed(1);
  const bottom = 34 + bars.length * ROW;
  const parts = [`<text class="title" x="8" y="18">${escaped(title)}</text>`];
  for (const { at, text } of ticks) {
    parts.push(`<line x1="${x(at)}" y1="28" x2="${x(at)}" y2="${bottom}"/>`);
    parts.push(`<text class="tick" text-anchor="middle" x="${x(at)}" y="${bottom + 14}">${text}</text>`);
  }
  bars.forEach(({ label, value, text, kind, target }, index) => {
    const top = 32 + index * ROW;
    const width = share(value) * room;
    parts.push(`<text text-anchor="end" x="${LABELS - 10}" y="${top + 15}">${escaped(label)}</text>`);
    parts.push(
      `<rect class="${kind}" x="${LABELS}" y="${top}" width="${width.toFixed(1)}" height="${ROW - 6}" rx="2"/>`,
    );
    if (target !== undefined)
      parts.push(
        `<line class="target" x1="${x(share(target))}" y1="${top - 2}" x2="${x(share(target))}" y2="${top + ROW - 4}"/>`,
      );
    // Beside the bars where a target may lie under the number.
    const beside = target === undefined ? LABELS + width + 6 : LABELS + room + 16;
    parts.push(`<text class="value" x="${beside.toFixed(1)}" y="${top + 15}">${escaped(text)}</text>`);
  });
  return { body: parts.join('\n'), height: bottom + 34 };
}

/** @param {number} log */
function decade(log) {
  const names = ['1', '10', '100', '1 k', '10 k', '100 k', '1 M', '10 M', '100 M', '1 G'];
  return names[log] ?? `1e${log}`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
