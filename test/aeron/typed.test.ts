/** Values over a publication and a subscription, through the codecs and handlers of channels. */
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { OfferResult, TypedPublication, TypedSubscription } from '../../src/aeron/index.js';
import {
  ChecksumHandler,
  type Codec,
  encodable,
  json,
  link,
  msgpack,
  raw,
  SequenceHandler,
  TickUnit,
  TimestampHandler,
  utf8,
} from '../../src/channel/index.js';
import { chars, f64, struct, u64 } from '../../src/structs/index.js';
import { connect, startDriver, turn, until } from './driver-under-test.js';

const KINDS = ['addExclusivePublication', 'addPublication'] as const;

async function pair(kind: (typeof KINDS)[number] = 'addExclusivePublication') {
  const aeron = await connect(startDriver());
  const subscription = await aeron.addSubscription('aeron:ipc', 10);
  const publication = await aeron[kind]('aeron:ipc', 10);
  await until(() => publication.isConnected && subscription.isConnected);
  return { aeron, subscription, publication };
}

async function offer<T>(typed: TypedPublication<T>, value: T): Promise<void> {
  for (;;) {
    const result = typed.offer(value);
    if (result > 0) return;
    expect([OfferResult.BackPressured, OfferResult.AdminAction]).toContain(result);
    await turn();
  }
}

const LONG = 'a text that takes several fragments; '.repeat(200);
const CODECS: [string, Codec<unknown>, unknown[]][] = [
  ['raw', raw as unknown as Codec<unknown>, [Buffer.from([1, 2, 3]), Buffer.alloc(0), Buffer.alloc(5000, 7)]],
  ['utf8', utf8 as unknown as Codec<unknown>, ['one', '', 'zwei ü', '三', LONG]],
  ['json', json(), [{ a: [1, null, 'x'] }, [], 5, '', null, { LONG }]],
  ['msgpack', msgpack(), [{ a: [1, null, 'x'] }, 5, 'text', { LONG }]],
];

it.each(CODECS)(
  'values come out as they went in, with the codec %s, empty and fragmented ones too',
  async (_name, codec, values) => {
    for (const kind of KINDS) {
      const { subscription, publication } = await pair(kind);
      const typed = new TypedPublication(publication, codec);
      const back = new TypedSubscription(subscription, codec);
      for (const value of values) {
        await offer(typed, value);
        const message = back.tryRead();
        expect(message?.value).toEqual(value);
        expect(message?.header.position).toBe(publication.position);
        expect(message?.header.sessionId).toBe(publication.sessionId);
      }
      expect(back.tryRead()).toBeNull();
    }
  },
);

it('JSON values are equal after a round trip, over many terms', async () => {
  const { subscription, publication } = await pair();
  const typed = new TypedPublication(publication, json() as Codec<unknown>);
  const back = new TypedSubscription(subscription, json());
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.nat(4000), async (value, length) => {
      const sent = [value, 'x'.repeat(length)];
      await offer(typed, sent);
      expect(back.tryRead()?.value).toEqual(JSON.parse(JSON.stringify(sent)));
    }),
    { numRuns: 300 },
  );
  expect(publication.position).toBeGreaterThan(4 * 65_536);
});

it('a loop receives values, and a loop over messages receives their headers', async () => {
  const { subscription, publication } = await pair();
  const typed = new TypedPublication(publication, json<{ n: number; text: string }>());
  const back = new TypedSubscription(subscription, json<{ n: number; text: string }>());
  const publish = async () => {
    for (let n = 0; n < 200; n++) await offer(typed, { n, text: 'x'.repeat(n * 20) });
  };
  const published = publish();
  let next = 0;
  for await (const { n, text } of back) {
    expect(n).toBe(next);
    expect(text.length).toBe(n * 20);
    if (++next === 100) break;
  }
  const stop = new AbortController();
  for await (const { value, header } of back.messages({ signal: stop.signal })) {
    expect(value.n).toBe(next);
    expect(header.position).toBe(subscription.images[0]?.position);
    if (++next === 200) stop.abort();
  }
  await published;
  expect(next).toBe(200);
});

it('poll delivers values with the headers of their messages', async () => {
  const { subscription, publication } = await pair();
  const typed = new TypedPublication(publication, utf8);
  using back = new TypedSubscription(subscription, utf8);
  for (const text of ['one', LONG, 'three']) await offer(typed, text);
  const seen: [string, number][] = [];
  while (back.poll((value, header) => void seen.push([value, header.position]), 2) > 0);
  expect(seen.map(([text]) => text)).toEqual(['one', LONG, 'three']);
  expect(seen.at(-1)?.[1]).toBe(publication.position);
});

it('handlers add their bytes, check them and count missing messages', async () => {
  const { subscription, publication } = await pair();
  const decorate = () =>
    link(link(new SequenceHandler(), new TimestampHandler(TickUnit.Millis)), new ChecksumHandler());
  const typed = new TypedPublication(publication, utf8, decorate());
  const back = new TypedSubscription(subscription, utf8, decorate());
  for (const text of ['one', LONG, '']) {
    await offer(typed, text);
    expect(back.tryRead()?.value).toBe(text);
  }
  publication.offer(Buffer.alloc(60, 1));
  expect(() => back.tryRead()).toThrow(expect.objectContaining({ code: 'CHECKSUM_MISMATCH' }));
  publication.offer(Buffer.alloc(3));
  expect(() => back.tryRead()).toThrow(expect.objectContaining({ code: 'DECODING_ERROR' }));
  await offer(typed, 'sound');
  expect(back.tryRead()?.value).toBe('sound');
});

it('an offer that returns a negative result uses no sequence number', async () => {
  const { aeron, subscription, publication } = await pair();
  const sequence = new SequenceHandler();
  const typed = new TypedPublication(publication, utf8, sequence);
  let taken = 0;
  while (typed.offer('x'.repeat(1000)) > 0) taken++;
  expect(typed.offer('x')).toBe(OfferResult.BackPressured);
  expect(sequence.sequence).toBe(BigInt(taken));
  while (subscription.poll(() => {}, 100) > 0);
  await until(() => typed.offer('again') > 0);
  expect(sequence.sequence).toBe(BigInt(taken + 1));

  const alone = new TypedPublication(await aeron.addPublication('aeron:ipc', 11), utf8);
  expect(alone.offer('nobody')).toBe(OfferResult.NotConnected);
  alone.close();
  expect(alone.publication.isClosed).toBe(true);
  expect(alone.offer('late')).toBe(OfferResult.Closed);
});

it('INV-AERON-TYPED-01: a value that cannot be encoded or is too long publishes nothing', async () => {
  const { subscription, publication } = await pair();
  const typed = new TypedPublication(publication, json() as Codec<unknown>);
  const before = publication.position;
  expect(() => typed.offer(1n)).toThrow(expect.objectContaining({ code: 'ENCODING_ERROR' }));
  expect(() => typed.offer('x'.repeat(publication.maxMessageLength))).toThrow(
    expect.objectContaining({ code: 'MAX_RECORD_LENGTH_EXCEEDED', maxAllowed: publication.maxMessageLength }),
  );
  const failing: Codec<string> = {
    ...utf8,
    encode: () => {
      throw new Error('half way');
    },
  };
  expect(() => new TypedPublication(publication, failing).offer('x')).toThrow('half way');
  expect(publication.position).toBe(before);
  await offer(typed, 'x'.repeat(publication.maxMessageLength - 2));
  expect(new TypedSubscription(subscription, json()).tryRead()?.value).toHaveLength(
    publication.maxMessageLength - 2,
  );
});

it('a codec without a bound, or with a low one, can encode a longer value', async () => {
  const { subscription, publication } = await pair();
  const back = new TypedSubscription(subscription, utf8);
  const boundless = new TypedPublication(publication, encodable);
  await offer(boundless, { encodeInto: (buffer, offset) => buffer.write('by itself', offset) });
  expect(back.tryRead()?.value).toBe('by itself');
  const modest = new TypedPublication(publication, { ...utf8, sizeBound: () => 1 });
  await offer(modest, LONG);
  expect(back.tryRead()?.value).toBe(LONG);
});

it('a message that cannot be decoded throws once with the position after it, and a new loop continues', async () => {
  const { subscription, publication } = await pair();
  const back = new TypedSubscription(subscription, json());
  publication.offer(Buffer.from('{"broken'));
  const position = publication.position;
  publication.offer(Buffer.from('"sound"'));
  const loop = back.messages();
  await expect(loop.next()).rejects.toMatchObject({ code: 'DECODING_ERROR', position });
  for await (const value of back) {
    expect(value).toBe('sound');
    break;
  }
});

it('an offer publishes its value with its reserved value', async () => {
  const { subscription, publication } = await pair();
  const supplier = vi.fn(() => 42n);
  new TypedPublication(publication, utf8).offer('text', supplier);
  expect(new TypedSubscription(subscription, utf8).tryRead()?.header.reservedValue).toBe(42n);
  expect(supplier).toHaveBeenCalledTimes(1);
});

it('structs come out as they went in, and a view reads them in place', async () => {
  const quote = struct({ symbol: chars(8), price: f64, sentAt: u64 }, { name: 'Quote' });
  const { subscription, publication } = await pair();
  const typed = new TypedPublication(publication, quote);
  const back = new TypedSubscription(subscription, quote);
  const value = { symbol: 'RW', price: 1.5, sentAt: 2n ** 63n };
  await offer(typed, value);
  expect(back.tryRead()?.value).toEqual(value);
  await offer(typed, { ...value, price: 2.5 });
  const view = quote.view();
  const prices: number[] = [];
  await until(
    () =>
      subscription.poll((buffer, offset, length) => prices.push(view.at(buffer, offset, length).price), 10) >
      0,
  );
  expect(prices).toEqual([2.5]);
});
