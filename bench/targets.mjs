// @ts-check
/**
 * Targets of the figures, and whether they are met; those of speed are in speed-targets.mjs. A figure that was not
 * measured has no verdict.
 */
import { SPEED_TARGETS } from './speed-targets.mjs';
import { median } from './statistics.mjs';

/** @typedef {{ name: string, target: string, measured: string, met: boolean | null }} Verdict */

/** @type {Record<string, (results: any, verdicts: Verdicts) => void>} */
const TARGETS = {
  'in-process'({ figures }, { add }) {
    const limits = /** @type {const} */ ({ records: 200, batches: 125, readable: 250, writable: 250 });
    for (const { kind, name, nanos } of figures) {
      const most = limits[/** @type {keyof typeof limits} */ (name)];
      if (most === undefined) continue;
      const show = (/** @type {number} */ value) => `${value.toFixed(0)} ns`;
      add(`${kind}: ${COPIES[name]}`, `at most ${most} ns`, nanos, (value) => value <= most, show);
    }
  },
  doorbell(results, { add }) {
    for (const { mode, idleCpu, wakeMicros } of results) {
      add(`doorbell (${mode}), processor while idle`, 'below 1 %', idleCpu, (value) => value < 0.01, percent);
      add(`doorbell (${mode}), wake-up p50`, 'below 100 µs', wakeMicros.p50, (value) => value < 100, micros);
    }
  },
  allocation(results, { add }) {
    for (const { kind, name, bytesPerRecord, collections } of results)
      add(
        `${kind}, ${name}: heap bytes per record`,
        '0',
        collections === 0 ? bytesPerRecord : null,
        (value) => value < 0.05,
        (value) => value.toFixed(2),
      );
  },
  'wake-ups'(rows, { add }) {
    for (const { processes, readers, idleCpu } of rows.filter((/** @type {any} */ row) => row.readers <= 16))
      add(
        `${processes} × ${readers} sleeping readers, processor while idle`,
        'below 1 %',
        idleCpu,
        (value) => value < 0.01,
        percent,
      );
  },
  structs({ rates }, { add }) {
    const ratios = rates['struct, read in place'].map(
      (/** @type {number} */ rate, /** @type {number} */ i) => rate / rates.JSON[i],
    );
    add(
      'struct encoded and read in place, against JSON',
      'at least 20',
      median(ratios),
      (v) => v >= 20,
      times,
    );
  },
  health({ beats, fast, idle }, { add }) {
    const { ratios, bytes } = beats;
    const most = Math.max(bytes.socket, bytes.log, bytes.ring);
    const lost = fast.sent - fast.accepted;
    const { agents } = idle;
    add('`beat()` by socket, against a bare send', 'at most 1.3', ratios.beatToSend, (v) => v <= 1.3, times);
    add(
      'heap bytes per beat, the most of all ways',
      '0',
      most,
      (v) => v < 1,
      (v) => v.toFixed(2),
    );
    add(
      `observer of ${agents} agents at 1 Hz, processor`,
      'below 1 %',
      idle.cpuShare,
      (v) => v < 0.01,
      percent,
    );
    add(`lost of ${fast.sent} beats at ${fast.perSecond}/s`, '0', lost, (v) => v === 0, String);
    add(`dropped at ${fast.perSecond}/s, the queue being full`, '0', fast.dropped, (v) => v === 0, String);
  },
  metrics({ channels, readers, sampling, diagnostics }, { add }) {
    const what = `sampling ${channels} channels with ${readers} readers each, every second`;
    const mebibytes = (/** @type {number} */ value) => `${value.toFixed(1)} MiB`;
    add(`${what}: processor`, 'below 3 %', sampling.cpuShare, (value) => value < 0.03, percent);
    add(`${what}: memory`, 'below 80 MiB', sampling.rssMiB, (value) => value < 80, mebibytes);
    add(
      'a record with diagnostics subscribed, against unsubscribed',
      'within 2 %',
      diagnostics.ratio,
      (value) => Math.abs(value - 1) <= 0.02,
      (value) => `${value.toFixed(3)} times`,
    );
  },
  startup({ rows }, { add }) {
    const limits = [70, 70, 120, 25];
    for (const [index, { name, millis }] of rows.entries()) {
      const most = limits[index] ?? 0;
      add(
        `${name}, beside a bare Node`,
        `at most ${most} ms more`,
        millis,
        (v) => v <= most,
        (v) => `${v.toFixed(0)} ms`,
      );
    }
  },
  'hostile-memory'({ runs }, { add }) {
    const most = (/** @type {string} */ name) => Math.max(...runs.map((/** @type {any} */ run) => run[name]));
    add(
      'held under attack',
      'below 32 MiB',
      most('heldMiB'),
      (v) => v < 32,
      (v) => `${v.toFixed(1)} MiB`,
    );
    const turn = most('longestTurnMillis');
    add(
      'longest turn under attack',
      'below 50 ms',
      turn,
      (v) => v < 50,
      (v) => `${v.toFixed(1)} ms`,
    );
  },
};

/**
 * @typedef {object} Verdicts
 * @property {(name: string, target: string, value: number | null | undefined, met: (value: number) => boolean, show: (value: number) => string) => void} add
 */

/** The verdicts on one suite; a suite without targets has none. @param {string} suite @param {any} results @returns {Verdict[]} */
export function judge(suite, results) {
  /** @type {Verdict[]} */
  const verdicts = [];
  for (const one of SPEED_TARGETS) if (one.suite === suite) verdicts.push(verdictOf(one, results));
  TARGETS[suite]?.(results, {
    add: (name, target, value, met, show) =>
      void verdicts.push({
        name,
        target,
        measured: value == null ? 'not measured' : show(value),
        met: value == null ? null : met(value),
      }),
  });
  return verdicts;
}

/** @param {import('./speed-targets.mjs').SpeedTarget} one @param {any} results of its suite @returns {Verdict} */
export function verdictOf({ figure, target, value, native, rounds, met, show }, results) {
  const measured = value(results);
  if (measured == null) return { name: figure, target, measured: 'not measured', met: null };
  const inC = native?.(results);
  const each = rounds?.(results) ?? [];
  const beside = [
    ...(inC == null ? [] : [`C ${show(inC)}`]),
    ...(each.length < 2 ? [] : [`${show(Math.min(...each))} to ${show(Math.max(...each))}`]),
  ];
  return {
    name: figure,
    target,
    measured: beside.length === 0 ? show(measured) : `${show(measured)} (${beside.join(', ')})`,
    met: met(measured),
  };
}

/** Ways that copy records. @type {Record<string, string>} */
const COPIES = {
  records: '`records()`',
  batches: '`recordBatches`',
  readable: 'Node stream of arrays, read',
  writable: 'Node stream of arrays, written',
};

const times = (/** @type {number} */ value) => `${value.toFixed(2)} times`;
const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(2)} %`;
const micros = (/** @type {number} */ value) => `${value.toFixed(0)} µs`;

/** @param {Verdict} verdict */
export function verdictText({ met }) {
  return met === null ? 'not measured' : met ? 'met' : 'not met';
}
