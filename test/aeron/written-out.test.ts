/** `offer` and `tryClaim` of an exclusive publication are written out for the usual case: they must equal the general ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PublicationBase } from '../../src/aeron/client/publication/publication.js';
import {
  type Aeron,
  BufferClaim,
  type ExclusivePublication,
  type IpcMediaDriver,
  OfferResult,
  type Subscription,
} from '../../src/aeron/index.js';
import { connect, startDriver, until } from './driver-under-test.js';
import { payload } from './payload.js';

/** One publication and its subscription. */
interface Stream {
  readonly publication: ExclusivePublication;
  readonly subscription: Subscription;
  readonly claim: BufferClaim;
}

let nextStream = 100;

async function stream(aeron: Aeron): Promise<Stream> {
  const streamId = nextStream++;
  const subscription = await aeron.addSubscription('aeron:ipc', streamId);
  const publication = await aeron.addExclusivePublication('aeron:ipc', streamId);
  await until(() => publication.isConnected && subscription.isConnected);
  return { publication, subscription, claim: new BufferClaim() };
}

/** While a test does not wait, the driver works only when it is told to. */
async function setUp() {
  const driver = startDriver();
  return { driver, aeron: await connect(driver) };
}

/** Buffers that are offered again and again, by length: short ones become known to the publication. */
const reused = Array.from({ length: 131 }, (_, length) => Buffer.from(payload(length, length)));

const written: Record<Call['do'], (on: Stream, call: Call) => number> = {
  offer: ({ publication }, { length }) => publication.offer(reused[length] as Buffer),
  claim: (on, call) => claimed(on, call, on.publication.tryClaim(call.length, on.claim)),
  fragments: ({ publication }, { length }) => publication.offer(payload(40 * length, length)),
  reserved: ({ publication }, { length }) =>
    publication.offer(reused[length] as Buffer, () => BigInt(length)),
};

const general: typeof written = {
  ...written,
  // A buffer that is never known.
  offer: ({ publication }, { length }) => publication.offer(payload(length, length)),
  claim: (on, call) =>
    claimed(on, call, PublicationBase.prototype.tryClaim.call(on.publication, call.length, on.claim)),
};

function claimed({ claim }: Stream, { length, abort }: Call, result: number): number {
  if (result <= 0) return result;
  expect(claim.length).toBe(length);
  payload(length, length + 1).copy(claim.buffer, claim.offset);
  if (length % 3 === 0) claim.reservedValue = BigInt(length);
  if (abort) claim.abort();
  else claim.commit();
  return result;
}

const call = fc.record({
  do: fc.constantFrom('offer', 'offer', 'offer', 'claim', 'claim', 'fragments', 'reserved'),
  length: fc.nat(130),
  abort: fc.boolean(),
  times: fc.integer({ min: 1, max: 60 }),
});
type Call = typeof call extends fc.Arbitrary<infer Value> ? Value : never;
const step = fc.oneof(
  { weight: 5, arbitrary: call },
  { weight: 2, arbitrary: fc.record({ poll: fc.integer({ min: 1, max: 400 }), drive: fc.boolean() }) },
);

/** All frames that a poll delivers, without session and stream id, and with a term id that begins at 0. */
function frames(subscription: Subscription, limit: number): string[] {
  const delivered: string[] = [];
  subscription.poll((buffer, offset, length, header) => {
    const frame = Buffer.from(buffer.subarray(header.offset, offset + length));
    frame.fill(0, 12, 20);
    frame.writeInt32LE((header.termId - header.initialTermId) | 0, 20);
    delivered.push(`${header.position} ${frame.toString('hex')}`);
  }, limit);
  return delivered;
}

function apply(
  driver: IpcMediaDriver,
  on: readonly [Stream, Stream],
  next: Call | { poll: number; drive: boolean },
) {
  if ('poll' in next) {
    expect(frames(on[0].subscription, next.poll)).toEqual(frames(on[1].subscription, next.poll));
    if (next.drive) driver.doWork();
    return;
  }
  for (let time = 0; time < next.times; time++) {
    expect(written[next.do](on[0], next)).toBe(general[next.do](on[1], next));
    expect(on[0].publication.position).toBe(on[1].publication.position);
  }
}

describe('the written-out calls of an exclusive publication', () => {
  it('return the same results and write the same bytes as the general ones', {
    timeout: 120_000,
  }, async () => {
    const { driver, aeron } = await setUp();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 120 }), async (steps) => {
        const on: [Stream, Stream] = [await stream(aeron), await stream(aeron)];
        // Both limits are those of the same duty cycle.
        driver.doWork();
        for (const next of steps) apply(driver, on, next);
        for (let empty = 0; empty < 2; ) {
          const delivered = frames(on[0].subscription, 1000);
          expect(delivered).toEqual(frames(on[1].subscription, 1000));
          empty = delivered.length === 0 ? empty + 1 : 0;
        }
        for (const { publication, subscription } of on) {
          expect(subscription.images[0]?.position).toBe(publication.position);
          publication.close();
          subscription.close();
        }
      }),
      { numRuns: 30 },
    );
  });

  it('trip at the end of a term, whether or not the last frame fills it', async () => {
    const { driver, aeron } = await setUp();
    for (const first of [64, 96, 1024]) {
      const { publication, subscription, claim } = await stream(aeron);
      const message = Buffer.alloc(first - 32);
      const ways = [() => publication.offer(message), () => publication.tryClaim(first - 32, claim)];
      for (let terms = 0; terms < 8; ) {
        const before = publication.position;
        const result = (ways[terms % 2] as () => number)();
        if (claim.isOpen) claim.commit();
        if (result === OfferResult.AdminAction) {
          terms++;
          expect(publication.position).toBe(terms * 65_536);
          expect(before + first).toBeGreaterThan(publication.position);
        } else if (result === OfferResult.BackPressured) {
          while (subscription.poll(() => {}, 1000) > 0);
          driver.doWork();
        } else expect(result).toBe(before + first);
      }
    }
  });

  it('are refused at the limit, when disconnected and when closed', async () => {
    const { driver, aeron } = await setUp();
    const { publication, subscription, claim } = await stream(aeron);
    const message = Buffer.alloc(32);
    let result = publication.offer(message);
    while (result > 0) result = publication.offer(message);
    expect(result).toBe(OfferResult.BackPressured);
    expect(publication.tryClaim(32, claim)).toBe(OfferResult.BackPressured);
    expect(claim.isOpen).toBe(false);
    const { position } = publication;
    expect(position).toBeGreaterThanOrEqual(publication.positionLimit);
    while (subscription.poll(() => {}, 1000) > 0);
    driver.doWork();
    expect(publication.offer(message)).toBe(position + 64);
    subscription.close();
    await until(() => !publication.isConnected && publication.positionLimit <= publication.position);
    expect(publication.offer(message)).toBe(OfferResult.NotConnected);
    expect(publication.tryClaim(32, claim)).toBe(OfferResult.NotConnected);
    publication.close();
    expect(publication.offer(message)).toBe(OfferResult.Closed);
    expect(publication.tryClaim(32, claim)).toBe(OfferResult.Closed);
  });

  it('take a message of the largest payload, and refuse a longer claim', async () => {
    const { aeron } = await setUp();
    const { publication, subscription, claim } = await stream(aeron);
    const longest = publication.maxPayloadLength;
    expect(publication.tryClaim(longest, claim)).toBe(longest + 32);
    expect(() => publication.tryClaim(1, claim)).toThrow(expect.objectContaining({ code: 'CLAIM_PENDING' }));
    expect(() => publication.tryClaim(longest + 1, new BufferClaim())).toThrow(
      expect.objectContaining({ code: 'MAX_RECORD_LENGTH_EXCEEDED' }),
    );
    claim.commit();
    const lengths: number[] = [];
    subscription.poll((_buffer, _offset, length) => lengths.push(length), 10);
    expect(lengths).toEqual([longest]);
  });

  it('offer the present bytes of a buffer that was resized', async () => {
    const { aeron } = await setUp();
    const { publication, subscription } = await stream(aeron);
    const memory = new ArrayBuffer(64, { maxByteLength: 128 });
    const message = new Uint8Array(memory);
    const received: number[][] = [];
    for (const length of [64, 64, 64, 24, 24, 24, 9, 9, 9, 100, 100, 100, 64, 64, 64]) {
      memory.resize(length);
      message.fill(length);
      expect(publication.offer(message)).toBeGreaterThan(0);
      subscription.poll((b, at, n) => received.push([...b.subarray(at, at + n)]), 10);
      expect(received.pop()).toEqual(new Array(length).fill(length));
    }
  });
});

describe('a claim', () => {
  it('serves two publications in turn', async () => {
    const { aeron } = await setUp();
    const streams = [await stream(aeron), await stream(aeron)];
    const claim = new BufferClaim();
    for (const [n, { publication }] of [...streams, ...streams].entries()) {
      expect(publication.tryClaim(4, claim)).toBeGreaterThan(0);
      claim.buffer.writeInt32LE(n, claim.offset);
      claim.commit();
    }
    const received = streams.map(({ subscription }) => {
      const numbers: number[] = [];
      subscription.poll((buffer, offset) => numbers.push(buffer.readInt32LE(offset)), 10);
      return numbers;
    });
    expect(received).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  it('that is aborted becomes padding of its length', async () => {
    const { aeron } = await setUp();
    const { publication, subscription, claim } = await stream(aeron);
    const message = Buffer.from('kept');
    publication.tryClaim(100, claim);
    claim.abort();
    expect(() => claim.abort()).toThrow(expect.objectContaining({ code: 'NO_CLAIM' }));
    publication.offer(message);
    const positions: number[] = [];
    subscription.poll((_buffer, _offset, _length, header) => positions.push(header.position), 10);
    expect(positions).toEqual([160 + 64]);
  });
});

describe('a controlled poll', () => {
  it('delivers an aborted fragment again, at the end of a term also', async () => {
    const { driver, aeron } = await setUp();
    const { publication, subscription } = await stream(aeron);
    const message = Buffer.alloc(992);
    let aborted = 0;
    const seen: number[] = [];
    for (let sent = 0; sent < 200; ) {
      message.writeInt32LE(sent);
      if (publication.offer(message) > 0) sent++;
      else driver.doWork();
      subscription.controlledPoll((buffer, offset) => {
        const n = buffer.readInt32LE(offset);
        if (n % 2 === 1 && aborted < n) {
          aborted = n;
          return 1;
        }
        seen.push(n);
        return n % 4 === 0 ? 2 : 3;
      }, 10);
    }
    while (
      subscription.controlledPoll((buffer, offset) => void seen.push(buffer.readInt32LE(offset)), 10) > 0
    );
    expect(aborted).toBe(199);
    expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });
});
