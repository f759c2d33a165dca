/** Asynchronous iteration over a subscription. */
import { describe, expect, it, vi } from 'vitest';
import {
  Aeron,
  AeronErrorCode,
  type FragmentHandler,
  type Message,
  OfferResult,
  type PublicationBase,
  type Subscription,
} from '../../src/aeron/index.js';
import { SleepIdle } from '../../src/platform/index.js';
import { connect, startDriver, turn, until } from './driver-under-test.js';
import { payload } from './payload.js';

/** Empty, whole, just one frame, just two, many frames. */
const lengthOf = (n: number) => [0, 1, 32, 1376, 1377, 5000, 8192][n % 7] as number;

async function pair() {
  const driver = startDriver();
  const aeron = await connect(driver);
  const subscription = await aeron.addSubscription('aeron:ipc', 10);
  const publication = await aeron.addExclusivePublication('aeron:ipc', 10);
  await until(() => publication.isConnected && subscription.isConnected);
  return { driver, aeron, subscription, publication };
}

async function publish(publication: PublicationBase, from: number, to: number): Promise<void> {
  for (let n = from; n < to; ) {
    const result = publication.offer(payload(lengthOf(n), n));
    if (result > 0) n++;
    else if (result === OfferResult.Closed) throw new Error('the publication is closed');
    else await turn();
  }
}

/** Counts how often a subscription is asked. */
function countPolls(subscription: Subscription) {
  return vi.spyOn(subscription, 'poll');
}

/** The first `count` messages of a loop. */
async function take(messages: AsyncIterable<Message>, count: number): Promise<Message[]> {
  const taken: Message[] = [];
  for await (const message of messages) if (taken.push(message) === count) break;
  return taken;
}

describe('a loop over the messages of a subscription', () => {
  it('receives every message whole and in order, over many terms, with its header', async () => {
    const { subscription, publication } = await pair();
    const total = 1400;
    const published = publish(publication, 0, total);
    let n = 0;
    let behind = 0;
    for await (const { data, header } of subscription.messages()) {
      expect(data.equals(payload(lengthOf(n), n))).toBe(true);
      expect(header.sessionId).toBe(publication.sessionId);
      expect(header.position).toBeGreaterThan(behind);
      behind = header.position;
      if (++n === total) break;
    }
    await published;
    expect(behind).toBe(publication.position);
    expect(behind).toBeGreaterThan(20 * 65_536);
    expect(subscription.images[0]?.position).toBe(publication.position);
  });

  it('receives copies, which later messages do not change', async () => {
    const { subscription, publication } = await pair();
    const published = publish(publication, 0, 300);
    const messages = await take(subscription.messages(), 300);
    await published;
    for (const [n, { data }] of messages.entries()) expect(data.equals(payload(lengthOf(n), n))).toBe(true);
    const positions = messages.map(({ header }) => header.position);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions.at(-1)).toBe(publication.position);
  });

  it('that ends early leaves the following messages for the next loop', async () => {
    const { subscription, publication } = await pair();
    await publish(publication, 0, 6);
    const first = await take(subscription.messages(), 2);
    expect(subscription.images[0]?.position).toBe(first[1]?.header.position);
    const rest = await take(subscription.messages(), 4);
    expect(rest.map(({ data }) => data.length)).toEqual([2, 3, 4, 5].map(lengthOf));
  });

  it('receives the reserved value', async () => {
    const { subscription, publication } = await pair();
    publication.offer(Buffer.from('marked'), () => 77n);
    const [message] = await take(subscription.messages(), 1);
    expect(message?.header.reservedValue).toBe(77n);
  });

  it('receives the messages of all publishers', async () => {
    const { aeron, subscription, publication } = await pair();
    const other = await aeron.addExclusivePublication('aeron:ipc', 10);
    await until(() => other.isConnected && subscription.images.length === 2);
    const published = Promise.all([publish(publication, 0, 70), publish(other, 0, 70)]);
    const next = new Map([publication, other].map(({ sessionId }) => [sessionId, 0]));
    for (const { data, header } of await take(subscription.messages(), 140)) {
      const n = next.get(header.sessionId) as number;
      expect(data.equals(payload(lengthOf(n), n))).toBe(true);
      next.set(header.sessionId, n + 1);
    }
    await published;
    expect([...next.values()]).toEqual([70, 70]);
  });

  it('receives the same messages in batches while the event loop runs', async () => {
    const { subscription, publication } = await pair();
    const total = 1400;
    const published = publish(publication, 0, total);
    let n = 0;
    for await (const batch of subscription.messageBatches({ limit: 16 })) {
      expect(batch.length).toBeGreaterThan(0);
      expect(batch.length).toBeLessThanOrEqual(16);
      for (const { data } of batch) expect(data.equals(payload(lengthOf(n), n++))).toBe(true);
      if (n === total) break;
    }
    await published;
  });
});

describe('INV-AERON-MESSAGES-01: two loops over one subscription', () => {
  it('deliver each whole message to one of them', async () => {
    const { subscription, publication } = await pair();
    const stop = new AbortController();
    const seen: number[] = [];
    const loop = async () => {
      for await (const { data } of subscription.messages({ signal: stop.signal })) {
        const n = seen.length;
        expect(data.equals(payload(lengthOf(n), n))).toBe(true);
        if (seen.push(data.length) === 700) stop.abort();
      }
    };
    await Promise.all([loop(), loop(), publish(publication, 0, 700)]);
    expect(seen.length).toBe(700);
  });

  it('complete in the second loop a message that the first one began', async () => {
    const { subscription, publication } = await pair();
    publication.offer(payload(5000, 1));
    const fragments: FragmentHandler[] = [];
    const poll = vi.spyOn(subscription, 'poll').mockImplementation(function (
      this: Subscription,
      handler,
      limit,
    ) {
      // The first loop is shown one fragment and no more.
      if (fragments.push(handler) > 1) return 0;
      return (this.images[0] as NonNullable<(typeof this.images)[0]>).poll(handler, Math.min(1, limit));
    });
    const stop = new AbortController();
    const first = take(subscription.messages({ signal: stop.signal }), 1);
    await until(() => fragments.length > 1);
    stop.abort();
    expect(await first).toEqual([]);
    poll.mockRestore();
    const [message] = await take(subscription.messages(), 1);
    expect(message?.data.equals(payload(5000, 1))).toBe(true);
  });

  it('forget an incomplete message when its image ends', async () => {
    const { subscription, publication } = await pair();
    const forget = vi.spyOn(subscription.source, 'forget');
    publication.close();
    await until(() => subscription.images.length === 0);
    expect(forget).toHaveBeenCalledWith(publication.sessionId);
  });
});

describe('a loop that waits', () => {
  it.each(['messages', 'messageBatches'] as const)('%s ends when its signal aborts', async (kind) => {
    const { subscription } = await pair();
    const stop = new AbortController();
    const polls = countPolls(subscription);
    const loop = (async () => {
      for await (const _ of subscription[kind]({ signal: stop.signal })) throw new Error('there is nothing');
    })();
    await until(() => polls.mock.calls.length > 5);
    stop.abort();
    await loop;
    expect(subscription.isClosed).toBe(false);
  });

  it('does not begin when its signal has aborted', async () => {
    const { subscription, publication } = await pair();
    publication.offer(Buffer.from('there'));
    expect(await take(subscription.messages({ signal: AbortSignal.abort() }), 1)).toEqual([]);
  });

  it.each(['messages', 'messageBatches'] as const)(
    '%s ends when the subscription is closed',
    async (kind) => {
      const { subscription } = await pair();
      const polls = countPolls(subscription);
      const loop = (async () => {
        for await (const _ of subscription[kind]()) throw new Error('there is nothing');
      })();
      await until(() => polls.mock.calls.length > 5);
      subscription.close();
      await loop;
    },
  );

  it('ends when the client is closed, and a later loop ends immediately', async () => {
    const { aeron, subscription } = await pair();
    const polls = countPolls(subscription);
    const loop = take(subscription.messages(), 1);
    await until(() => polls.mock.calls.length > 5);
    aeron.close();
    expect(await loop).toEqual([]);
    expect(await take(subscription.messages(), 1)).toEqual([]);
  });

  it('is rejected with the error that ends the client', async () => {
    const { driver, aeron, subscription } = await pair();
    aeron.on('error', () => {});
    const polls = countPolls(subscription);
    const loop = take(subscription.messages(), 1);
    const refused = expect(loop).rejects.toMatchObject({
      code: 'AERON_ERROR',
      errorCode: AeronErrorCode.DriverTimeout,
    });
    await until(() => polls.mock.calls.length > 5);
    driver.close();
    await refused;
    await expect(take(subscription.messages(), 1)).rejects.toThrow('driver');
  });

  it('can be closed by its own body', async () => {
    const { subscription, publication } = await pair();
    await publish(publication, 0, 5);
    let count = 0;
    for await (const _ of subscription.messages()) {
      count++;
      subscription.close();
    }
    expect(count).toBe(1);
  });

  it('polls about once a millisecond', async () => {
    const { subscription } = await pair();
    const stop = new AbortController();
    const polls = countPolls(subscription);
    const started = performance.now();
    const timer = setTimeout(() => stop.abort(), 400);
    expect(await take(subscription.messages({ signal: stop.signal }), 1)).toEqual([]);
    clearTimeout(timer);
    // It takes two polls to see that there is nothing; two turns come before the first sleep; timers round.
    expect(polls.mock.calls.length).toBeLessThan((performance.now() - started) * 2.2 + 20);
    expect(polls.mock.calls.length).toBeGreaterThan(3);
  });

  it('waits with its idle strategy', async () => {
    const { subscription } = await pair();
    const stop = new AbortController();
    const polls = countPolls(subscription);
    const started = performance.now();
    const timer = setTimeout(() => stop.abort(), 400);
    await take(subscription.messages({ signal: stop.signal, idle: new SleepIdle(50) }), 1);
    clearTimeout(timer);
    expect(polls.mock.calls.length).toBeLessThan((performance.now() - started) / 25 + 6);
  });

  it('receives messages of a publisher that joins while it sleeps', async () => {
    const driver = startDriver();
    const aeron = await connect(driver);
    const subscription = await aeron.addSubscription('aeron:ipc', 11);
    const polls = countPolls(subscription);
    const loop = take(subscription.messages(), 2);
    await until(() => polls.mock.calls.length > 5);
    for (const text of ['first', 'second']) {
      const other = await Aeron.connect({ directory: driver.directory });
      const publication = await other.addPublication('aeron:ipc', 11);
      await until(() => publication.offer(Buffer.from(text)) > 0);
      await until(() => subscription.images[0]?.position === publication.position);
      other.close();
      await until(() => subscription.images.length === 0);
    }
    expect((await loop).map(({ data }) => data.toString())).toEqual(['first', 'second']);
  });
});

describe('an error in the middle', () => {
  it('is thrown after the messages before it, and then the loop continues', async () => {
    const { subscription, publication } = await pair();
    await publish(publication, 1, 4);
    const poll = vi.spyOn(subscription, 'poll').mockImplementation(function (
      this: Subscription,
      handler,
      limit,
    ) {
      const count = (this.images[0] as NonNullable<(typeof this.images)[0]>).poll(
        handler,
        Math.min(2, limit),
      );
      if (count === 0) return 0;
      throw new Error('damage');
    });
    const batches = subscription.messageBatches();
    expect((await batches.next()).value).toHaveLength(2);
    await expect(batches.next()).rejects.toThrow('damage');
    poll.mockRestore();
    expect((await take(subscription.messages(), 1))[0]?.data.length).toBe(lengthOf(3));
  });

  it('a publisher whose messages never end does not block the event loop', async () => {
    const { subscription } = await pair();
    const stop = new AbortController();
    vi.spyOn(subscription, 'poll').mockImplementation((_handler, limit) => limit);
    const loop = take(subscription.messages({ signal: stop.signal }), 1);
    for (let n = 0; n < 5; n++) await turn();
    stop.abort();
    expect(await loop).toEqual([]);
  });
});
