// @ts-check
/** The tables of the suite `nats`. */

/** @param {any} results @returns {import('./tables.mjs').Table[]} */
export function natsTables(results) {
  if (results.missing) return [];
  const { rates, latency } = results;
  const perSecond = (/** @type {number} */ value) => `${Math.round(value).toLocaleString('en-US')} records/s`;
  const millis = (/** @type {number} */ value) => `${value.toFixed(2)} ms`;
  return [
    {
      title: 'Relay to NATS JetStream',
      note: 'Acknowledged records into one stream on the same machine, beside a bare publisher of the same client with the same number in flight.',
      head: ['record', 'relay', 'bare publisher', 'ratio'],
      rows: rates.map((/** @type {any} */ { length, relay, bare, ratio }) => [
        `${length} B`,
        perSecond(relay),
        perSecond(bare),
        ratio.toFixed(2),
      ]),
    },
    {
      title: 'Latency to a subscriber over NATS',
      note: 'One record of 64 bytes at a time, from the write to a subscriber of the subject.',
      head: ['way', 'p50', 'p99'],
      rows: [
        ['ring, relay, subscriber', millis(latency.relay.p50), millis(latency.relay.p99)],
        ['bare publish, subscriber', millis(latency.bare.p50), millis(latency.bare.p99)],
      ],
    },
  ];
}
