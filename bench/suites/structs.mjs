// @ts-check
/**
 * A quote of 64 bytes as a struct, as JSON and as msgpack: how many per second are encoded into a buffer and read back,
 * by one process. The ways take turns in each round; each sums what it read, and the sums must be the same.
 */
import { json, msgpack } from 'ringwire';
import { chars, f64, struct, u8, u32, u64 } from 'ringwire/structs';

const quote = struct(
  {
    symbol: chars(8),
    bid: f64,
    ask: f64,
    last: f64,
    bidSize: u32,
    askSize: u32,
    quantity: u32,
    flags: u8,
    sentAt: u64,
  },
  { name: 'Quote' },
);
const SENT_AT = 1_700_000_000_000;

/** @param {number} i @returns {import('ringwire/structs').StructOf<typeof quote>} */
function quoteOf(i) {
  return {
    symbol: 'RWIRE',
    bid: 101.25 + i,
    ask: 101.5 + i,
    last: 101.375,
    bidSize: 300,
    askSize: 1200,
    quantity: i,
    flags: 3,
    sentAt: BigInt(SENT_AT),
  };
}

/** @param {import('../context.mjs').Context} context */
export async function measureStructs(context) {
  const { rounds, quotes } = context.settings.structs;
  /** @type {Record<string, (n: number) => number>} */
  const ways = {
    'struct, read in place': inPlace(),
    'struct, decoded': throughCodec(quote, quoteOf(0)),
    // JSON has no integers of 64 bits: the time is a number there, which is faster than a text.
    JSON: throughCodec(json(), { ...quoteOf(0), sentAt: SENT_AT }),
    msgpack: throughCodec(msgpack(), { ...quoteOf(0), sentAt: SENT_AT }),
  };
  /** @type {Record<string, number[]>} */
  const rates = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (const way of Object.values(ways)) way(quotes / 4);
  for (let round = 1; round <= rounds; round++) {
    context.progress(`structs: round ${round} of ${rounds}`);
    const sums = new Set();
    for (const [name, way] of Object.entries(ways)) {
      const start = process.hrtime.bigint();
      sums.add(way(quotes));
      rates[name]?.push(quotes / (Number(process.hrtime.bigint() - start) / 1e9));
    }
    if (sums.size !== 1) throw new Error(`the ways read different quotes: ${[...sums].join(', ')}`);
  }
  return { length: quote.recordLength, rates };
}

/** @returns {(n: number) => number} */
function inPlace() {
  const buffer = Buffer.alloc(4096);
  const view = quote.view();
  const value = quoteOf(0);
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      value.quantity = i;
      value.bid = 101.25 + i;
      const length = quote.encode(value, buffer, 64, 1024);
      view.at(buffer, 64, length);
      sum += view.quantity + view.bid + view.ask + view.bidSize + view.flags;
    }
    return sum;
  };
}

/**
 * @template {{ quantity: number, bid: number }} T
 * @param {import('ringwire').Codec<T> | import('ringwire').Codec<unknown>} codec @param {T} value @returns {(n: number) => number}
 */
function throughCodec(codec, value) {
  const buffer = Buffer.alloc(4096);
  return (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      value.quantity = i;
      value.bid = 101.25 + i;
      const length = codec.encode(value, buffer, 64, 1024);
      const back = /** @type {any} */ (codec.decode(buffer, 64, length));
      sum += back.quantity + back.bid + back.ask + back.bidSize + back.flags;
    }
    return sum;
  };
}
