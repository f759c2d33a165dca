// @ts-check
/**
 * What programs really send. A job encodes its record `n` straight into a buffer and checks a record that arrived; both
 * transports use the same functions, so that only the transport differs.
 *
 * @typedef {object} Job
 * @property {number} most bytes of a record, at most
 * @property {(n: number, buffer: Buffer, offset: number) => number} encode returns the length
 * @property {(n: number, buffer: Buffer, offset: number, length: number) => boolean} check whether it is the record `n`
 * @property {boolean} [staged] all records have the length `most`, and the writer may publish several at once
 * @property {(n: number) => string} [text] the record as a string, for `writeUtf8`; `encode` writes the same
 */
import { chars, f64, struct, u8, u32, u64 } from 'ringwire/structs';

const FRAME = 1 << 20;
const LINE = 200;

/** @type {Record<string, () => Job>} */
export const JOBS = {
  'market data, structs of 64 bytes': quotes,
  'log lines, strings of 200 characters': () => texts(lineOf, LINE),
  'JSON events, about 150 characters': () => texts((n) => JSON.stringify(eventOf(n)), 512, isEvent),
  'frames of 1 MiB': frames,
};

/** @returns {Job} */
function quotes() {
  const prices = { symbol: chars(8), bid: f64, ask: f64, last: f64 };
  const sizes = { bidSize: u32, askSize: u32, quantity: u32, flags: u8, sentAt: u64 };
  const quote = struct({ ...prices, ...sizes }, { name: 'Quote' });
  const value = {
    ...{ symbol: 'RWIRE', bid: 0, ask: 101.5, last: 101.375 },
    ...{ bidSize: 300, askSize: 1200, quantity: 0, flags: 3, sentAt: 1_700_000_000_000n },
  };
  const view = quote.view();
  return {
    most: quote.recordLength,
    staged: true,
    encode(n, buffer, offset) {
      value.quantity = n;
      value.bid = 101.25 + n;
      return quote.encode(value, buffer, offset, quote.recordLength);
    },
    check(n, buffer, offset, length) {
      view.at(buffer, offset, length);
      return view.quantity === n && view.bid === 101.25 + n && view.flags === 3;
    },
  };
}

/** @param {(n: number) => string} text @param {number} most @param {(n: number, text: string) => boolean} [same] @returns {Job} */
function texts(text, most, same = (n, received) => received === text(n)) {
  return {
    most,
    text,
    encode: (n, buffer, offset) => buffer.write(text(n), offset, 'utf8'),
    check: (n, buffer, offset, length) => same(n, buffer.toString('utf8', offset, offset + length)),
  };
}

/** Made beforehand, because making them takes longer than sending them. */
const LINES = Array.from({ length: 1024 }, (_, n) =>
  `2026-01-01T00:00:00.000Z info worker-7 request ${n} done `.padEnd(LINE, '.'),
);

/** @param {number} n */
function lineOf(n) {
  return LINES[n & 1023] ?? '';
}

/** @param {number} n */
function eventOf(n) {
  const user = { id: 12_345, name: 'Ada Lovelace', tags: ['admin', 'beta'] };
  return { type: 'order.created', id: n, at: '2026-01-01T00:00:00.000Z', amount: 12.5, user };
}

/** @param {number} n @param {string} text */
function isEvent(n, text) {
  const event = JSON.parse(text);
  return event.id === n && event.type === 'order.created' && event.user.tags[1] === 'beta';
}

/** @returns {Job} */
function frames() {
  const frame = Buffer.alloc(FRAME, 7);
  return {
    most: FRAME,
    encode(n, buffer, offset) {
      frame.writeInt32LE(n, 0);
      frame.writeInt32LE(~n, FRAME - 4);
      buffer.set(frame, offset);
      return FRAME;
    },
    check: (n, buffer, offset, length) =>
      length === FRAME && buffer.readInt32LE(offset) === n && buffer.readInt32LE(offset + FRAME - 4) === ~n,
  };
}
