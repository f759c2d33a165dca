/** Against a media driver of the original, wherever one is to be had: see media-driver.ts. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import {
  Aeron,
  AeronErrorCode,
  type AeronOptions,
  ControlledFragmentAssembler,
  FragmentAssembler,
  type PublicationBase,
  type Subscription,
  TypedPublication,
  TypedSubscription,
} from '../../src/aeron/index.js';
import { json, TickUnit } from '../../src/index.js';
import { receiveFromStream, sendToStream } from '../../src/relay/index.js';
import { expectLog, logSource, SOURCE } from '../relay/relay-under-test.js';
import { memoryFolder } from '../temporary.js';
import { until } from './driver-under-test.js';
import { haveDriver, haveProgram, mediaDriver, sayWhatIsSkipped, startDriver } from './media-driver.js';
import { payload } from './payload.js';

sayWhatIsSkipped();

const MILLIS = 60_000;
const port = (n: number) => 20_000 + (process.pid % 1000) * 10 + n;
const udp = (n: number) => `aeron:udp?endpoint=localhost:${port(n)}`;
let streams = 1_000_000 + (process.pid % 1000) * 100;

async function client(directory: string, options: AeronOptions = {}): Promise<Aeron> {
  const aeron = await Aeron.connect({ directory, ...options });
  onTestFinished(() => aeron.close());
  return aeron;
}

/** Sends messages of many lengths and checks what comes. */
async function carry(publication: PublicationBase, subscription: Subscription, count = 2000): Promise<void> {
  await until(() => publication.isConnected && subscription.isConnected);
  let received = 0;
  const assembler = new FragmentAssembler((buffer, at, length) => {
    expect(buffer.subarray(at, at + length).equals(payload((received % 100) * 50, received))).toBe(true);
    received++;
  });
  let sent = 0;
  await until(() => {
    if (sent < count && publication.offer(payload((sent % 100) * 50, sent)) > 0) sent++;
    subscription.poll(assembler.handler, 20);
    return received === count;
  });
}

const live = test.skipIf(!haveDriver);

live.each([
  ['exclusive', 'aeron:ipc'],
  ['shared', 'aeron:ipc'],
  ['exclusive', udp(1)],
  ['shared', udp(1)],
] as const)(
  'messages of an %s publication, whole and fragmented, go through %s',
  async (kind, channel) => {
    const aeron = await client(await mediaDriver());
    const subscription = await aeron.addSubscription(channel, ++streams);
    const publication = await (kind === 'exclusive'
      ? aeron.addExclusivePublication(channel, streams)
      : aeron.addPublication(channel, streams));
    await carry(publication, subscription);
    expect(aeron.channelStatus(publication)).not.toBe('errored');
  },
  MILLIS,
);

live.each(['aeron:ipc', udp(0)])(
  'values through a codec, whole and fragmented, are iterated over behind %s',
  async (channel) => {
    const aeron = await client(await mediaDriver());
    const subscription = await aeron.addSubscription(channel, ++streams);
    const publication = await aeron.addPublication(channel, streams);
    await until(() => publication.isConnected && subscription.isConnected);
    const numbers = new TypedPublication(publication, json<{ n: number; text: string }>());
    const value = (n: number) => ({ n, text: 'x'.repeat((n % 50) * 60) });
    const published = (async () => {
      for (let n = 0; n < 500; ) {
        if (numbers.offer(value(n)) > 0) n++;
        else await sleep(1);
      }
    })();
    let next = 0;
    for await (const came of new TypedSubscription(subscription, numbers.codec)) {
      expect(came).toEqual(value(next));
      if (++next === 500) break;
    }
    await published;
    expect(subscription.images[0]?.position).toBe(publication.position);
    aeron.close();
    for await (const _ of subscription.messages()) throw new Error('the client is closed');
  },
  MILLIS,
);

live(
  'counters, a refused channel and session ids of a driver',
  async () => {
    const aeron = await client(await mediaDriver());
    const counter = await aeron.addCounter(1001, 'from ringwire');
    counter.value = 42n;
    expect(aeron.counters.get(counter.counterId)).toMatchObject({ label: 'from ringwire', value: 42n });
    await expect(aeron.addPublication('aeron:foo', 1)).rejects.toMatchObject({
      errorCode: AeronErrorCode.InvalidChannel,
    });
    const sessionId = await aeron.nextAvailableSessionId(++streams);
    const publication = await aeron.addExclusivePublication(`aeron:ipc?session-id=${sessionId}`, streams);
    expect(publication.sessionId).toBe(sessionId);
    expect(await aeron.nextAvailableSessionId(streams)).not.toBe(sessionId);
  },
  MILLIS,
);

live(
  'a publication with destinations: each gets the stream while it is one',
  async () => {
    const aeron = await client(await mediaDriver());
    const stream = ++streams;
    const publication = await aeron.addPublication('aeron:udp?control-mode=manual', stream);
    const first = await aeron.addSubscription(udp(2), stream);
    await aeron.addDestination(publication, udp(2));
    await carry(publication, first, 200);
    const id = await aeron.addDestination(publication, udp(3));
    const second = await aeron.addSubscription(udp(3), stream);
    await until(() => second.isConnected);
    await aeron.removeDestination(publication, udp(2));
    await aeron.removeDestination(publication, id);
  },
  MILLIS,
);

live(
  'a subscription with destinations hears publishers of each',
  async () => {
    const aeron = await client(await mediaDriver());
    const stream = ++streams;
    const subscription = await aeron.addSubscription('aeron:udp?control-mode=manual', stream);
    await aeron.addDestination(subscription, udp(4));
    await aeron.addDestination(subscription, udp(5));
    const publications = [
      await aeron.addExclusivePublication(udp(4), stream),
      await aeron.addExclusivePublication(udp(5), stream),
    ];
    await until(() => subscription.images.length === 2);
    const heard = new Set<number>();
    await until(() => {
      for (const publication of publications) publication.offer(Buffer.from('hello'));
      subscription.poll((_buffer, _offset, _length, { sessionId }) => heard.add(sessionId), 10);
      return heard.size === 2;
    });
    await aeron.removeDestination(subscription, udp(5));
  },
  MILLIS,
);

live(
  'the port that the system chose for port 0 is known, and reached',
  async () => {
    const aeron = await client(await mediaDriver());
    const stream = ++streams;
    const subscription = await aeron.addSubscription('aeron:udp?endpoint=localhost:0', stream);
    let channel: string | null = null;
    await until(() => {
      channel = aeron.tryResolveChannelEndpointPort(subscription);
      return channel !== null;
    });
    expect(channel).toMatch(/^aeron:udp\?endpoint=localhost:[1-9]\d+$/);
    await carry(await aeron.addExclusivePublication(channel as unknown as string, stream), subscription, 200);
  },
  MILLIS,
);

live(
  'a spy reads what a network publication sends',
  async () => {
    const aeron = await client(await mediaDriver());
    const channel = `${udp(6)}|ssc=true`;
    const stream = ++streams;
    const spy = await aeron.addSubscription(`aeron-spy:${udp(6)}`, stream);
    await carry(await aeron.addExclusivePublication(channel, stream), spy, 200);
  },
  MILLIS,
);

live(
  'an image that is rejected tells its publisher why',
  async () => {
    const aeron = await client(await mediaDriver());
    const stream = ++streams;
    const subscription = await aeron.addSubscription(udp(7), stream);
    const publication = await aeron.addPublication(udp(7), stream);
    await until(() => subscription.isConnected);
    const told = once(aeron, 'publicationError');
    const [image] = subscription.images;
    await aeron.rejectImage(image as NonNullable<typeof image>, 'not wanted');
    const [at, error] = await told;
    expect(at).toBe(publication);
    expect(error).toMatchObject({ errorCode: AeronErrorCode.ImageRejected, message: 'not wanted' });
    await until(() => !subscription.isConnected);
  },
  MILLIS,
);

live(
  'the end of a stream and its revocation are seen',
  async () => {
    const aeron = await client(await mediaDriver());
    const stream = ++streams;
    const subscription = await aeron.addSubscription('aeron:ipc', stream);
    const ending = await aeron.addExclusivePublication('aeron:ipc', stream);
    await until(() => subscription.isConnected && ending.isConnected);
    const [image] = subscription.images;
    ending.offer(Buffer.from('last'));
    ending.close();
    const messages: string[] = [];
    const assembler = new ControlledFragmentAssembler((buffer, offset, length) => {
      messages.push(buffer.toString('utf8', offset, offset + length));
    });
    await until(() => {
      subscription.controlledPoll(assembler.handler, 10);
      return image?.isEndOfStream === true && messages.length === 1;
    });
    const revoked = await aeron.addExclusivePublication('aeron:ipc', stream);
    await until(() => subscription.images.some(({ sessionId }) => sessionId === revoked.sessionId));
    const last = subscription.imageBySessionId(revoked.sessionId);
    revoked.revoke();
    await until(() => last?.isClosed === true);
    expect(last?.isPublicationRevoked).toBe(true);
  },
  MILLIS,
);

live(
  'a relay over the network carries a log',
  async () => {
    const directory = await mediaDriver();
    const root = memoryFolder();
    const records = 2000;
    logSource(root, records);
    const ways = {
      directory,
      channel: udp(8),
      answerChannel: udp(9),
      streamId: ++streams,
      answerStreamId: ++streams,
    };
    const options = {
      channelId: 2,
      writerId: 2,
      capacity: 2 ** 20,
      maxMessageLength: 4096,
      timeout: 60,
      tickUnit: TickUnit.Secs,
    };
    const [sent, received] = await Promise.all([
      sendToStream({ ...ways, root, channelId: SOURCE }),
      receiveFromStream({ ...ways, destination: { root, kind: 'log', options } }),
    ]);
    expect(sent.confirmed).toBe(records);
    expect(received.received).toBe(records);
    expectLog(root, records);
  },
  MILLIS,
);

test.skipIf(!haveProgram)(
  'a driver that is killed ends its clients with a reason; they connect to the next one',
  async () => {
    const driver = await startDriver();
    const aeron = await client(driver.directory, { driverTimeoutMs: 1000 });
    const errors: Error[] = [];
    aeron.on('error', (error) => errors.push(error));
    const subscription = await aeron.addSubscription('aeron:ipc', 1);
    const publication = await aeron.addExclusivePublication('aeron:ipc', 1);
    await carry(publication, subscription, 100);
    const closed = new Promise((resolve) => aeron.once('close', resolve));
    await driver.kill();
    await closed;
    expect(errors[0]).toMatchObject({ errorCode: AeronErrorCode.DriverTimeout });
    expect([publication.isClosed, subscription.isClosed]).toEqual([true, true]);
    expect(publication.offer(Buffer.alloc(1))).toBeLessThan(0);
    await sleep(100);
    const next = await startDriver(driver.directory);
    const again = await client(next.directory);
    await carry(
      await again.addExclusivePublication('aeron:ipc', 1),
      await again.addSubscription('aeron:ipc', 1),
      100,
    );
  },
  MILLIS,
);
