// @ts-check
/** The tables of the suite `aeron`. Three processes compete for two cores, so only ratios are comparable. */

const SENDERS = ['claim', 'offer', 'shared', 'ring'];

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export function aeronTables({ rounds, figures, samples }) {
  const lengths = [...new Set(Object.keys(figures).map((key) => Number(key.split(' ')[0])))];
  const of = (/** @type {(string | number)[]} */ ...key) =>
    /** @type {number | null} */ (figures[key.join(' ')] ?? null);
  const millions = (/** @type {number | null} */ value) => (value === null ? '-' : (value / 1e6).toFixed(1));
  const micros = (/** @type {number | null} */ value) => (value === null ? '-' : value.toFixed(2));
  const ratio = (/** @type {number | null} */ a, /** @type {number | null} */ b) =>
    a === null || b === null ? '-' : (a / b).toFixed(2);
  const tables = [
    {
      title: 'One process, sending and polling in turn: million messages per second',
      note: `The embedded driver (16 MiB terms) runs on a thread of a process of its own; each message is verified; medians of ${rounds} runs, our own ring in the same run. No other process touches the memory meanwhile: this is what the code costs.`,
      head: [
        'bytes',
        'exclusive claim',
        'exclusive offer',
        'shared offer',
        'our ring, tryWrite',
        'Aeron poll',
        'our ring, poll',
        'poll / ring',
      ],
      rows: lengths.map((n) => [
        `${n}`,
        ...SENDERS.map((name) => millions(of(n, 'sending', name))),
        millions(of(n, 'polling', 'aeron')),
        millions(of(n, 'polling', 'ring')),
        ratio(of(n, 'polling', 'aeron'), of(n, 'polling', 'ring')),
      ]),
    },
    {
      title: 'Two processes: million messages per second at the subscriber',
      head: [
        'bytes',
        'exclusive claim',
        'exclusive offer',
        'shared offer',
        'our ring, tryWrite',
        'claim / ring',
        'offer / ring',
      ],
      rows: lengths.map((n) => [
        `${n}`,
        ...SENDERS.map((name) => millions(of(n, 'rate', name))),
        ratio(of(n, 'rate', 'claim'), of(n, 'rate', 'ring')),
        ratio(of(n, 'rate', 'offer'), of(n, 'rate', 'ring')),
      ]),
    },
    {
      title: 'Round trip, both sides spinning: microseconds',
      head: ['bytes', 'p50', 'p99', 'ring p50', 'ring p99', 'ratio of p50'],
      rows: lengths.map((n) => [
        `${n}`,
        micros(of(n, 'p50', 'aeron')),
        micros(of(n, 'p99', 'aeron')),
        micros(of(n, 'p50', 'ring')),
        micros(of(n, 'p99', 'ring')),
        ratio(of(n, 'p50', 'aeron'), of(n, 'p50', 'ring')),
      ]),
    },
  ];
  const against = "Against the original's C samples, over the same driver";
  if (samples !== null)
    return [...tables, { title: against, note: `Not measured: ${samples}.`, head: [], rows: [] }];
  const trips = lengths.map(
    (n) =>
      `${micros(of(n, 'p50', 'C'))} at ${n} bytes (ours / C ${ratio(of(n, 'p50', 'aeron'), of(n, 'p50', 'C'))})`,
  );
  return [
    ...tables,
    {
      title: against,
      note: `Million messages per second; claims on both sides; the samples count what was sent, ours what was received. Round trip of \`cping\` and \`cpong\`, p50 in microseconds: ${trips.join(', ')}.`,
      head: [
        'bytes',
        'C to C',
        'C to ours',
        'ours to C',
        'ours to ours',
        'ours to C / C to C',
        'C to ours / C to C',
      ],
      rows: lengths.map((n) => [
        `${n}`,
        ...[of(n, 'C to C'), of(n, 'C to ours'), of(n, 'ours to C'), of(n, 'rate', 'claim')].map(millions),
        ratio(of(n, 'ours to C'), of(n, 'C to C')),
        ratio(of(n, 'C to ours'), of(n, 'C to C')),
      ]),
    },
  ];
}
