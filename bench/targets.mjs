// @ts-check
/** Targets of the figures, and whether they are met. A figure that was not measured has no verdict. */
import { median } from './statistics.mjs';

/** @typedef {{ name: string, target: string, measured: string, met: boolean | null }} Verdict */

/** @type {Record<string, (results: any, verdicts: Verdicts) => void>} */
const TARGETS = {
  throughput(results, { add }) {
    for (const [mode, least, name] of /** @type {const} */ ([
      ['write', 0.5, 'write with poll'],
      ['claim', 0.8, 'tryClaim/commit with poll'],
      ['batch', 0.8, 'writeBatch with poll'],
    ])) {
      // Every pair of runs of each back end counts, because the best one would only be the luckiest.
      const ratios = results
        .filter((/** @type {any} */ row) => row.length === 64 && row.mode === mode)
        .flatMap((/** @type {any} */ row) => row.runs)
        .filter((/** @type {any} */ { native }) => native !== null)
        .map((/** @type {any} */ { ours, native }) => ours / native);
      const middle = ratios.length === 0 ? null : median(ratios);
      add(`${name}, rate against C`, `at least ${least}`, middle, (value) => value >= least, times);
    }
  },
  'round-trips'({ ratio }, { add }) {
    add('round trip p50 against C', 'at most 1.25', ratio, (value) => value <= 1.25, times);
  },
  doorbell(results, { add }) {
    for (const { mode, idleCpu, wakeMicros } of results) {
      add(`doorbell (${mode}), processor while idle`, 'below 1 %', idleCpu, (value) => value < 0.01, percent);
      add(`doorbell (${mode}), wake-up p50`, 'below 100 µs', wakeMicros.p50, (value) => value < 100, micros);
    }
  },
  allocation(results, { add }) {
    for (const { name, bytesPerRecord, collections } of results)
      add(
        `${name}, heap bytes per record`,
        '0',
        collections === 0 ? bytesPerRecord : null,
        (value) => Math.abs(value) < 0.05,
        (value) => value.toFixed(2),
      );
  },
  ring({ sizes, rates, sleepers }, { add }) {
    const ours = `ring, batch ${sizes.batch}`;
    for (const [name, over, under, least] of /** @type {[string, string, string, number][]} */ ([
      ['single writes against C', 'ring, batch 1', 'C, batch 1', 0.6],
      [`batches of ${sizes.batch} against C`, ours, `C, batch ${sizes.batch}`, 0.9],
      ['async iterator in batches against `poll`', 'iterator in batches', ours, 0.25],
      ['Node stream of batches against `poll`', 'stream of batches', ours, 0.1],
    ])) {
      // Paired runs, so that a slow minute of the machine affects both sides.
      const pairs = (rates[under] ?? []).map(
        (/** @type {number} */ value, /** @type {number} */ i) => rates[over][i] / value,
      );
      const middle = pairs.length === 0 ? null : median(pairs);
      add(name, `at least ${least}`, middle, (value) => value >= least, times);
    }
    for (const { processes, readers, idleCpu, wakeMicros } of sleepers) {
      const who = `${processes} × ${readers} sleeping readers`;
      add(`${who}, processor while idle`, 'below 1 %', idleCpu, (value) => value < 0.01, percent);
      add(`${who}, wake-up p50`, 'below 100 µs', wakeMicros.p50, (value) => value < 100, micros);
    }
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
    const faster = Math.max(ratios.socketToLog, ratios.socketToRing);
    const most = Math.max(bytes.socket, bytes.log, bytes.ring);
    const lost = fast.sent - fast.accepted;
    const { agents } = idle;
    add('`beat()` by socket, against a bare send', 'at most 1.3', ratios.beatToSend, (v) => v <= 1.3, times);
    add(
      '`beat()` through the faster channel, against the socket',
      'at least 10',
      faster,
      (v) => v >= 10,
      times,
    );
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
  'follow-log'({ cat, socket }, { add }) {
    add('follow over the socket, against `cat`', 'at least 0.3', socket.rate / cat, (v) => v >= 0.3, times);
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

const times = (/** @type {number} */ value) => `${value.toFixed(2)} times`;
const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(2)} %`;
const micros = (/** @type {number} */ value) => `${value.toFixed(0)} µs`;

/** @param {Verdict} verdict */
export function verdictText({ met }) {
  return met === null ? 'not measured' : met ? 'met' : 'not met';
}
