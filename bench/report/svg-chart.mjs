// @ts-check
/** Horizontal bars on a logarithmic scale, legible on light and dark pages. */
import { bestOf } from './best.mjs';

const WIDTH = 840;
const LABELS = 250;
const ROW = 26;
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; font-size: 15px; }
  .value { font-size: 12px; }
  .tick { font-size: 11px; fill: #57606a; }
  line { stroke: #d0d7de; }
  .ours { fill: #0a7d5a; }
  .native { fill: #57606a; }
  .other { fill: #b0793a; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .tick { fill: #9198a1; }
    line { stroke: #3d444d; }
    .ours { fill: #3fb68b; }
    .native { fill: #9198a1; }
    .other { fill: #d29a5a; }
  }`;

/** @typedef {{ label: string, value: number, text: string, kind: 'ours' | 'native' | 'other' }} Bar */

/** @param {Record<string, any>} results by suite @returns {string} */
export function svgChart(results) {
  const panels = [
    panel('Records of 64 bytes per second between two processes (more is better)', rateBars(results)),
    panel('Round trip of 64 bytes, median (less is better)', roundTripBars(results)),
  ].filter(({ height }) => height > 0);
  let y = 8;
  const bodies = panels.map(({ body, height }) => {
    const text = `<g transform="translate(0 ${y})">${body}</g>`;
    y += height;
    return text;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="Benchmarks of ringwire and other transports"><style>${STYLE}\n</style>\n${bodies.join('\n')}\n</svg>\n`;
}

/** @param {any} results @returns {Bar[]} */
function rateBars({ throughput, rivals }) {
  /** @type {Bar[]} */
  const bars = [];
  const names = /** @type {Record<string, string>} */ ({
    write: 'write',
    claim: 'tryClaim/commit',
    batch: 'writeBatch of 16',
  });
  for (const mode of ['batch', 'claim', 'write']) {
    const rows = (throughput ?? []).filter(
      (/** @type {any} */ row) => row.length === 64 && row.mode === mode,
    );
    const rate = bestOf(rows);
    const native = rows.map((/** @type {any} */ row) => row.nativeRecordsPerSecond ?? 0);
    if (mode !== 'claim' && Math.max(0, ...native) > 0)
      bars.push(
        rateBar(mode === 'batch' ? 'C, batch of 16' : 'C, single records', Math.max(...native), 'native'),
      );
    if (rate !== null) bars.push(rateBar(`ringwire ${names[mode]}`, rate, 'ours'));
  }
  for (const { name, recordsPerSecond } of rivals ?? [])
    if (recordsPerSecond !== undefined) bars.push(rateBar(name, recordsPerSecond, 'other'));
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

/** @param {string} title @param {Bar[]} bars */
function panel(title, bars) {
  if (bars.length === 0) return { body: '', height: 0 };
  const values = bars.map(({ value }) => Math.log10(value));
  const least = Math.floor(Math.min(...values) - 0.15);
  const most = Math.ceil(Math.max(...values));
  const room = WIDTH - LABELS - 90;
  const x = (/** @type {number} */ log) => LABELS + ((log - least) / (most - least)) * room;
  const bottom = 34 + bars.length * ROW;
  const parts = [`<text class="title" x="8" y="18">${escaped(title)}</text>`];
  for (let log = least; log <= most; log++) {
    parts.push(`<line x1="${x(log).toFixed(1)}" y1="28" x2="${x(log).toFixed(1)}" y2="${bottom}"/>`);
    parts.push(
      `<text class="tick" text-anchor="middle" x="${x(log).toFixed(1)}" y="${bottom + 14}">${decade(log)}</text>`,
    );
  }
  bars.forEach(({ label, value, text, kind }, index) => {
    const top = 32 + index * ROW;
    const end = x(Math.log10(value));
    parts.push(`<text text-anchor="end" x="${LABELS - 10}" y="${top + 15}">${escaped(label)}</text>`);
    parts.push(
      `<rect class="${kind}" x="${LABELS}" y="${top}" width="${(end - LABELS).toFixed(1)}" height="${ROW - 6}" rx="2"/>`,
    );
    parts.push(`<text class="value" x="${(end + 6).toFixed(1)}" y="${top + 15}">${escaped(text)}</text>`);
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
